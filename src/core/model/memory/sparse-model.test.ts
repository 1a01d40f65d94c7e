/** DeepSeek-V3.2: the same 671B with sparse attention and an indexer's cache. */
import { expect, test } from "vitest";
import { catalog } from "../../../planner-data.ts";
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import type { Plan } from "../../domain/plan.ts";
import { estimateMemory } from "./estimate-memory.ts";

const SPARSE: Plan = { ...EXAMPLE_PLAN, model: "deepseek-v3.2", engine: "sglang", kvCache: "fp8" };
const reasons = (plan: Plan) => estimateMemory(plan, catalog).infeasible.map(({ message }) => message);

test("its cache grows by the indexer's key and the wide rotary key: 788 bytes a token and layer for 576", () => {
  const users = (model: string) =>
    estimateMemory({ ...SPARSE, model }, catalog).memory?.concurrencyLimit ?? Number.NaN;
  // the same pool holds fewer users, and the indexer's weights take a little of it
  expect(users("deepseek-v3.1") / users("deepseek-v3.2")).toBeGreaterThan(788 / 576 - 0.01);
  expect(users("deepseek-v3.1") / users("deepseek-v3.2")).toBeLessThan(1.05 * (788 / 576));
});

test("its indexer's weights lie whole on every rank, beside the weights of V3.1", () => {
  const weights = (model: string) => {
    const { memory } = estimateMemory({ ...SPARSE, model }, catalog);
    return memory?.ranks[0]?.weights ?? Number.NaN;
  };
  const more = weights("deepseek-v3.2") - weights("deepseek-v3.1");
  // 64 heads of 128 from 1536, one key of 128 and 64 weights from 7168: 14 million a layer
  expect(more / 61).toBeGreaterThan(13e6);
  expect(more / 61).toBeLessThan(17e6);
});

test("engines that do not have its attention refuse it, and say so", () => {
  expect(reasons({ ...SPARSE, engine: "lmdeploy" })[0]).toMatch(/LMDeploy is not known to run DeepSeek-V3.2/);
  const old = { ...SPARSE, engine: "vllm" as const, options: { engineVersion: "0.11.0" } };
  expect(reasons(old)[0]).toMatch(/0.11.0 is from before it could run DeepSeek-V3.2; 0.13.0 can/);
});

test("GGUF under llama.cpp: it runs, but its memory is not known", () => {
  const plan: Plan = { ...SPARSE, engine: "llama.cpp", weights: "gguf:Q4_K_M", kvCache: "f16" };
  const { infeasible } = estimateMemory(plan, catalog);
  expect(
    infeasible.some(({ kind, message }) => kind === "missing-fact" && /compute buffers/.test(message)),
  ).toBe(true);
});
