import { describe, expect, it } from "vitest";
import { distinctExperts, fewestExperts } from "./distinct-experts.ts";

describe("distinctExperts", () => {
  it("touches eight for one token and nearly all for many", () => {
    expect(distinctExperts(1, 256, 256, 8)).toBeCloseTo(8, 12);
    expect(distinctExperts(64, 256, 256, 8)).toBeCloseTo(222.4, 1);
    expect(distinctExperts(1024, 32, 256, 8)).toBeCloseTo(32, 9);
  });
});

describe("fewestExperts", () => {
  it("lies between one token's experts and uniform routing, and grows with the batch", () => {
    let before = 0;
    for (let tokens = 1; tokens <= 4096; tokens++) {
      const fewest = fewestExperts(tokens, 256, 8);
      expect(fewest).toBeGreaterThanOrEqual(8 - 1e-9);
      expect(fewest).toBeLessThanOrEqual(distinctExperts(tokens, 256, 256, 8) + 1e-9);
      expect(fewest).toBeGreaterThanOrEqual(before - 1e-9);
      before = fewest;
    }
  });
});
