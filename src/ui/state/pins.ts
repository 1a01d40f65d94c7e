/** The plans that are pinned to be compared, each as its link: a list that fits into the address. */
import { GOALS, type Goal } from "../../core/domain/any-plan.ts";

/** More columns of one goal than this cannot be read side by side. */
export const MOST_PINS = 4;

/** A character that no link holds and no address escapes. */
const BETWEEN = "~";

export const writePins = (pins: readonly string[]): string => pins.join(BETWEEN);

/** Each once, no more than fit if every goal has its own; what the links hold is judged by whoever opens them. */
export function readPins(text: string): readonly string[] {
  const links = text.split(BETWEEN).filter((link) => link !== "");
  return [...new Set(links)].slice(0, MOST_PINS * GOALS.length);
}

/**
 * The list with the links behind it, as far as there is room among those of their goal; the same list where nothing
 * changes. `goalOf`: undefined leaves a link out.
 */
export function addPins(
  pins: readonly string[],
  links: readonly string[],
  goalOf: (link: string) => Goal | undefined,
): readonly string[] {
  const goals = new Map([...pins, ...links].map((link) => [link, goalOf(link)]));
  const next = [...pins];
  for (const link of new Set(links)) {
    const goal = goals.get(link);
    if (goal === undefined || next.includes(link)) continue;
    if (next.filter((other) => goals.get(other) === goal).length < MOST_PINS) next.push(link);
  }
  return next.length === pins.length ? pins : next;
}

export const removePin = (pins: readonly string[], link: string): readonly string[] =>
  pins.includes(link) ? pins.filter((other) => other !== link) : pins;

/** The list with one link moved by so many places, no further than its ends. */
export function movePin(pins: readonly string[], link: string, by: number): readonly string[] {
  const from = pins.indexOf(link);
  const to = Math.min(pins.length - 1, Math.max(0, from + by));
  if (from < 0 || to === from) return pins;
  const rest = removePin(pins, link);
  return [...rest.slice(0, to), link, ...rest.slice(to)];
}

/** Every link in a text that somebody pasted: whole addresses, texts after `#`, one or many, pins included. */
export function linksIn(text: string): readonly string[] {
  const found = text
    .split(/[\s,;<>"']+/)
    .flatMap((word) => {
      const [link = "", ...rest] = word.slice(word.indexOf("#") + 1).split("&");
      const pins = new URLSearchParams(rest.join("&")).get("pins") ?? "";
      return [link.replace(/^pins=/, ""), pins].flatMap((part) => part.split(BETWEEN));
    })
    .filter((link) => /^[1-9]\d*\.[\w-]+$/.test(link));
  return [...new Set(found)];
}
