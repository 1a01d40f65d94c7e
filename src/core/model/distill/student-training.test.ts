import { describe, expect, it } from "vitest";
import { loadStudents } from "../../../planner-data.ts";
import { trainingSpeed } from "./student-training.ts";

const { students } = await loadStudents();
const student = students.get("qwen3-8b");
if (!student) throw new Error("no qwen3-8b");
const run = {
  architecture: student.architecture,
  method: "full",
  rank: 16,
  accelerators: 1,
  sequenceTokens: 2048,
  microBatch: 1,
  recompute: true,
  optimizer: "adamw-bf16",
  fusedLoss: true,
  sharded: false,
  accumulates: false,
} as const;
const device = { peakBf16: 989e12, memoryBandwidth: 3.35e12 };
const seconds = (change: object) =>
  2048 / trainingSpeed({ ...run, ...change }, device, 8e9, 1).tokensPerSecond.value;

describe("the optimizer's share of a pass", () => {
  it("is paid once a step, however many passes the step has", () => {
    const [one, two, many] = [1, 2, 1e9].map((passesPerStep) => seconds({ passesPerStep }));
    const update = (one ?? NaN) - (many ?? NaN);
    expect(update).toBeGreaterThan(0.02);
    expect((two ?? NaN) - (many ?? NaN)).toBeCloseTo(update / 2, 6);
    expect(seconds({})).toBe(one);
  });

  it("follows the bytes of its states", () => {
    const bare = seconds({ passesPerStep: 1e12 });
    const [bf16, full] = (["adamw-bf16", "adamw"] as const).map((optimizer) => seconds({ optimizer }) - bare);
    expect((full ?? NaN) / (bf16 ?? NaN)).toBeCloseTo(2, 6);
  });
});
