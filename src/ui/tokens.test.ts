import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");
const pairs = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = "", light = "", dark = ""]) => [name, { light, dark }],
  ),
);

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(foreground: string, ground: string, theme: "light" | "dark"): number {
  const [a, b] = [pairs.get(foreground)?.[theme], pairs.get(ground)?.[theme]];
  if (!a || !b) throw new Error(`no token ${foreground} or ${ground}`);
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const TEXT = [
  ...["paper", "well", "surface", "well-2"].map((ground) => ["ink-3", ground]),
  ...["ink", "ink-2"].flatMap((ink) => [
    [ink, "paper"],
    [ink, "well"],
  ]),
  ...["experts", "dense", "kv", "act", "comm", "runtime", "limit"].map((hue) => [`${hue}-ink`, "paper"]),
  ["experts-ink", "well"],
  ["limit-ink", "well"],
  ["limit-ink", "surface"],
  ["on-fill", "experts"],
  ["paper", "ink"],
] as [string, string][];
const MARKS = ["experts", "dense", "kv", "act", "comm", "runtime", "limit", "control"].map(
  (hue) => [hue, "paper"] as const,
);

describe.each(["light", "dark"] as const)("contrast in the %s theme", (theme) => {
  it.each(TEXT)("text: %s on %s reaches 4.5", (foreground, ground) => {
    expect(contrast(foreground, ground, theme)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(MARKS)("marks: %s on %s reaches 3", (foreground, ground) => {
    expect(contrast(foreground, ground, theme)).toBeGreaterThanOrEqual(3);
  });
});
