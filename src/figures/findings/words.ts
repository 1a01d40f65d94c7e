/** Numbers as sentences say them. */
import { formatCount } from "../../core/units/format.ts";

const SMALL = [
  "no",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
];

/** "eight", "16": words up to twelve. */
export const numberWord = (n: number): string => SMALL[n] ?? n.toLocaleString("en-US");

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** "1 GPU", "8 GPUs". */
export const counted = (n: number, noun: string): string =>
  `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;

/** A share as the nearest plain fraction, where one is near; else as a percentage. */
export function shareWords(share: number): string {
  const plain: readonly (readonly [number, string])[] = [
    [1 / 4, "A quarter"],
    [1 / 3, "A third"],
    [1 / 2, "Half"],
    [2 / 3, "Two thirds"],
    [3 / 4, "Three quarters"],
    [9 / 10, "Nine tenths"],
  ];
  const near = plain.find(([value]) => Math.abs(share - value) <= 0.035);
  return near ? near[1] : `${Math.round(share * 100)} %`;
}

/** "1.2×", "12×": times as many. */
export function times(ratio: number): string {
  const near = Math.abs(ratio - Math.round(ratio)) < 0.005;
  return `${ratio < 9.95 && !near ? ratio.toFixed(1) : Math.round(ratio).toLocaleString("en-US")}×`;
}

export const list = (items: readonly string[]): string =>
  items.length <= 1 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1) ?? ""}`;

/** "8 × H200" for the "8 x H200" of plain texts. */
export const typesetTimes = (text: string): string => text.replace(/(\d) x (?=\S)/g, "$1\u00a0×\u00a0");

/** A predicted count: three significant figures. */
export const rounded = (count: number): string => formatCount(Number(count.toPrecision(3)));
