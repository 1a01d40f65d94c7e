import { describe, expect, it } from "vitest";
import { layerPattern } from "./layer-pattern.ts";

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("layerPattern", () => {
  it.each([
    [[3, 4], "[34]"],
    [range(0, 6), "[0-6]"],
    [range(10, 29), "[12][0-9]"],
    [[3, ...range(10, 19), 60], "3|1[0-9]|60"],
    [[], ""],
    [[5, 105], "5|105"],
  ])("%j is %s", (layers, text) => expect(layerPattern(layers)).toBe(text));

  it("takes the layers given and no other", () => {
    for (let step = 1; step < 13; step++) {
      const layers = range(0, 61).filter((layer) => (layer * layer + step) % (step + 1) < 2);
      const found = new RegExp(`^blk\\.(${layerPattern(layers)})\\.`);
      expect(range(0, 61).filter((layer) => found.test(`blk.${layer}.x`))).toEqual(layers);
    }
  });
});
