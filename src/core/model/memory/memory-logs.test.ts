/** Estimates against what engines wrote in their logs. Source: measurement records of class engine-memory. */
import { expect, test } from "vitest";
import { catalog } from "../../../planner-data.ts";
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import type { OptionsPlan, Plan } from "../../domain/plan.ts";
import { GIB } from "../../units/quantity.ts";
import { estimateMemory } from "./estimate-memory.ts";

const onEightH200 = (engine: Plan["engine"], options: OptionsPlan): Plan => ({
  ...EXAMPLE_PLAN,
  model: "deepseek-r1",
  engine,
  kvCache: "bf16",
  options,
});

const within = (value: number | undefined, measured: number, share: number): void => {
  expect(Math.abs((value ?? Infinity) / measured - 1)).toBeLessThan(share);
};

/** mem-t03: vLLM about 0.12, log of 2025-12-03; the device is inferred from the sums, not named. */
test("vLLM 0.12, FP8, TP 8: 79.739 GiB of weights, 635,648 tokens", () => {
  const { memory } = estimateMemory(onEightH200("vllm", { engineVersion: "0.12.0" }), catalog);
  within(memory?.ranks[0]?.weights, 79.739 * GIB, 0.01);
  within(memory?.ranks[0]?.kvCache, 41.6 * GIB, 0.02);
  within(memory?.kvCacheTokens, 635_648, 0.02);
});

/** mem-t02: vLLM 0.7, log of 2025-03-15, 8 x H200. Its non-torch and activation figures are parameters of the model. */
test("vLLM 0.7, FP8, TP 8, utilization 0.85: 83.88 GiB of weights, 294,688 tokens", () => {
  const plan = onEightH200("vllm", { engineVersion: "0.7.3", memFraction: 0.85 });
  const { memory } = estimateMemory(plan, catalog);
  within(memory?.ranks[0]?.weights, 83.88 * GIB, 0.01);
  within(memory?.ranks[0]?.kvCache, 21.43 * GIB, 0.02);
  within(memory?.kvCacheTokens, 294_688, 0.02);
});
