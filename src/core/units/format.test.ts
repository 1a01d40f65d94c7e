import { describe, expect, it } from "vitest";
import * as format from "./format.ts";
import { parseQuantity } from "./parse-quantity.ts";

const plain = (text: string): string => text.replaceAll("\u00a0", " ");

describe("format", () => {
  it.each([
    [30.62, "30.6"],
    [1935.4, "1,935"],
    [0.04123, "0.0412"],
    [-19.04, "−19.0"],
    [-0.0001, "−0.000100"],
    [0, "0.00"],
  ])("formatNumber(%d) = %s", (value, text) => expect(format.formatNumber(value)).toBe(text));

  it("prints unknown, never NaN", () => expect(format.formatNumber(Number.NaN)).toBe("unknown"));

  it.each([
    [421.3, "421 ms"],
    [12_345, "12.3 s"],
    [263_000, "4 min 23 s"],
    [11_100_000, "3 h 05 min"],
  ])("formatDuration(%d) = %s", (ms, text) => expect(plain(format.formatDuration(ms))).toBe(text));

  it("formats sizes, money and tokens", () => {
    expect(plain(format.formatMemory(150_753_771_520))).toBe("140.4 GiB");
    expect(plain(format.formatFileSize(404_488_847_360))).toBe("404 GB");
    expect(format.formatUsd(4.589)).toBe("$4.59");
    expect(format.formatUsd(138.9)).toBe("$139");
    expect(format.formatTokensShort(1024)).toBe("1K");
    expect(format.formatTokensShort(1536)).toBe("1.5K");
    expect(format.formatTokensShort(1000)).toBe("1,000");
    expect(format.formatRange(29.61, 36.12)).toBe("29.6 – 36.1");
  });
});

describe("parseQuantity", () => {
  it.each([
    ["1.5k", "tokens", 1536],
    ["128K", "tokens", 131_072],
    ["1,024", "tokens", 1024],
    ["1.5k", "count", 1500],
    ["80GB", "gib", 74.505806],
    ["2 TB", "gib", 1862.645149],
    ["2048", "gib", 2048],
    ["400Gb/s", "bytesPerSecond", 5e10],
    ["900 GB/s", "bytesPerSecond", 9e11],
    ["2s", "milliseconds", 2000],
    ["30%", "ratio", 0.3],
    ["$2.50", "usd", 2.5],
  ] as const)("%s as %s is %d", (text, kind, value) => {
    expect(parseQuantity(text, kind)).toBeCloseTo(value, 5);
  });

  it.each(["", "abc", "1..2", "-4", "4 parsecs", "1e999", "80GB; rm -rf /"])("refuses %s", (text) => {
    expect(parseQuantity(text, "gib")).toBeUndefined();
  });
});

it.each([
  [0.75, "+75\u00a0%"],
  [-0.1, "\u221210\u00a0%"],
  [0.004, "±0\u00a0%"],
  [-0.004, "±0\u00a0%"],
])("formatChange(%d)", (share, text) => expect(format.formatChange(share)).toBe(text));
