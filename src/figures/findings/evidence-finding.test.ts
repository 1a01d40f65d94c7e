import { describe, expect, it } from "vitest";
import {
  claimsFinding,
  classFinding,
  missesFinding,
  percentWords,
  scatterFinding,
  unpredictedFinding,
} from "./evidence-finding.ts";

const CLASSES = [
  { name: "GPU serving", count: 150, median: 0.068, p90: 0.19 },
  { name: "CPU and hybrid", count: 60, median: 0.164, p90: 0.38 },
  { name: "Apple", count: 1, median: 0.9, p90: 0.9 },
];

describe("evidence findings", () => {
  it("says how wide the cloud is and where widest, leaving single records out", () => {
    expect(scatterFinding(211, 0.083, CLASSES)).toBe(
      "Half of 211 predictions lie within 8.3 % of the measurement; the scatter is widest for CPU and hybrid.",
    );
    expect(scatterFinding(0, Number.NaN, [])).toMatch(/^No prediction/);
  });
  it("ranks classes", () => {
    expect(classFinding("Time per token", CLASSES)).toBe(
      "Time per token is closest for GPU serving, at 6.8 %, and furthest off for CPU and hybrid, at 16 %.",
    );
    expect(classFinding("Memory", CLASSES.slice(0, 1))).toBe("Memory is off by 6.8 % at the median.");
    expect(classFinding("Memory", [])).toMatch(/too seldom/);
  });
  it("counts misses, gaps and claims in words", () => {
    expect(missesFinding(8)).toBe("The eight largest misses, and why.");
    expect(missesFinding(0)).toMatch(/^Nothing/);
    expect(unpredictedFinding(132, [["the accelerator", 32]])).toBe(
      "132 records are not predicted; 32 for want of the accelerator.",
    );
    expect(unpredictedFinding(0, [])).toBe("Every record is predicted.");
    expect(claimsFinding(["holds", "holds", "holds-if", "does-not-hold"])).toBe(
      "Of four circulating claims two hold, one holds under a condition and one does not.",
    );
    expect(claimsFinding(["holds", "untold"])).toContain("one no figure can decide");
  });
  it("keeps a decimal below ten", () => {
    expect([percentWords(0.0834), percentWords(0.164)]).toEqual(["8.3 %", "16 %"]);
  });
});
