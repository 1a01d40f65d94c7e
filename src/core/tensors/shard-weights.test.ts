import { describe, expect, test } from "vitest";
import { GIB } from "../units/quantity.ts";
import { DEEPSEEK_V3 } from "./deepseek-v3.fixture.ts";
import { shardWeights, type ShardLayout, type ShardOptions } from "./shard-weights.ts";

const gib = (weights: string, layout: Partial<ShardLayout>, options: Partial<ShardOptions> = {}) =>
  shardWeights(
    DEEPSEEK_V3,
    weights,
    { tp: 8, pp: 1, dpAttention: 1, ep: 1, ...layout },
    { engine: "vllm", mtpLayer: false, ...options },
  ).map((rank) => rank.total / GIB);

const within = (value: number | undefined, logged: number, share: number): void => {
  expect(value).toBeDefined();
  expect(Math.abs((value ?? 0) / logged - 1)).toBeLessThan(share);
};

describe("weights per rank against engine logs", () => {
  test("FP8, vLLM, TP8: 79.739 GiB", () => within(gib("fp8", { tp: 8 })[0], 79.739, 0.01));
  test("NVFP4, vLLM, TP4: 94.5 GiB", () => within(gib("nvfp4", { tp: 4 })[0], 94.5, 0.01));
  test("AWQ, vLLM, TP16: 21.2 GiB", () => within(gib("awq-int4", { tp: 16 })[0], 21.2, 0.01));
  test("FP8, SGLang, DP8 EP8: 105.59 GiB", () => {
    const shards = gib(
      "fp8",
      { dpAttention: 8, ep: 8 },
      { engine: "sglang", redundantExperts: 32, denseTp: 1, dpHead: true },
    );
    within(shards[0], 105.59, 0.02);
  });
});
