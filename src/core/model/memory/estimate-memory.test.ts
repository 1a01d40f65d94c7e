import { describe, expect, test } from "vitest";
import { catalog } from "../../../planner-data.ts";
import type { RankMemory } from "../../domain/estimate.ts";
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import type { KvCacheType, LayoutPlan, Plan } from "../../domain/plan.ts";
import { GIB } from "../../units/quantity.ts";
import { estimateMemory } from "./estimate-memory.ts";

type Change = Partial<Omit<Plan, "layout" | "cluster" | "workload">> & {
  readonly layout?: Partial<LayoutPlan>;
  readonly cluster?: Partial<Plan["cluster"]>;
  readonly workload?: Partial<Plan["workload"]>;
};

function planOf({ layout, cluster, workload, ...rest }: Change): Plan {
  return {
    ...EXAMPLE_PLAN,
    ...rest,
    layout: { ...EXAMPLE_PLAN.layout, ...layout },
    cluster: { ...EXAMPLE_PLAN.cluster, ...cluster },
    workload: { ...EXAMPLE_PLAN.workload, ...workload },
  };
}

function memoryOf(change: Change) {
  const { memory } = estimateMemory(planOf(change), catalog);
  if (!memory) throw new Error("no estimate");
  return memory;
}

const kindsOf = (change: Change) =>
  estimateMemory(planOf(change), catalog).infeasible.map(({ kind }) => kind);
const firstOf = (ranks: readonly RankMemory[]): RankMemory => {
  const [rank] = ranks;
  if (!rank) throw new Error("no ranks");
  return rank;
};

const llama = (accelerator: string, count: number, change: Change = {}): Change => ({
  engine: "llama.cpp",
  weights: "gguf:Q4_K_M",
  ...change,
  cluster: { accelerator, acceleratorsPerNode: count, ...change.cluster },
  layout: { tp: 1, pp: count, ...change.layout },
  workload: { concurrency: 1, ...change.workload },
});

describe("cache", () => {
  test("bytes of one token", () => {
    const perToken = (kvCache: KvCacheType) => memoryOf({ kvCache }).kvBytesPerToken;
    expect(perToken("bf16")).toBe(70_272);
    expect(perToken("fp8")).toBe(35_136);
    expect(memoryOf(llama("h200-sxm", 8)).kvBytesPerToken).toBe(70_272);
    expect(memoryOf(llama("h200-sxm", 8, { kvCache: "q8_0" })).kvBytesPerToken).toBe(37_332);
  });

  test("the MTP layer adds one of 61 to a token", () => {
    expect(memoryOf({ speculative: "mtp1" }).kvBytesPerToken).toBe((70_272 * 62) / 61);
  });

  test("TP 8 does not shrink it: a rank holds as many bytes a token as TP 1 would", () => {
    const { ranks, kvCacheTokens } = memoryOf({});
    expect(ranks).toHaveLength(8);
    for (const rank of ranks) {
      expect(rank.kvCache / kvCacheTokens).toBeCloseTo(70_272, 0);
      expect(rank.kvCacheNeeded).toBe(64 * 2048 * 70_272);
    }
  });

  test("DP attention 8 holds eight caches, each less by what its replicated weights take", () => {
    const options = { engineVersion: "0.12.0", chunkedPrefill: 1024 };
    const tp = memoryOf({ engine: "vllm", options });
    const dp = memoryOf({ engine: "vllm", options, layout: { dpAttention: 8, ep: 8 } });
    const [whole, own] = [firstOf(tp.ranks), firstOf(dp.ranks)];
    const taken =
      own.weights + own.activations + own.runtime - whole.weights - whole.activations - whole.runtime;
    expect(own.weights).toBeGreaterThan(whole.weights + 15 * GIB);
    expect(own.kvCache).toBeCloseTo(whole.kvCache - taken, 0);
    expect(dp.kvCacheTokens).toBe(8 * Math.floor(own.kvCache / 70_272 / 64) * 64);
    expect(own.kvCacheNeeded).toBe(whole.kvCacheNeeded / 8);
  });

  /** vLLM's recipe of a model with the same cache: 715,072 tokens, and 5,721,088 with 8 (one block a rank more). */
  test("decode-context parallelism multiplies the tokens", () => {
    const one = memoryOf({ engine: "vllm" }).kvCacheTokens;
    expect(memoryOf({ engine: "vllm", layout: { dcp: 8 } }).kvCacheTokens).toBe(8 * one);
  });

  test("pipeline stages divide the layers of a token", () => {
    const cluster = { nodes: 2 };
    const byTensors = memoryOf({ engine: "vllm", cluster, layout: { tp: 16 } });
    const byLayers = memoryOf({ engine: "vllm", cluster, layout: { pp: 2 } });
    const layers = (rank: RankMemory | undefined) => (rank?.kvCacheNeeded ?? 0) / (64 * 2048 * 1152);
    expect(layers(byTensors.ranks[0])).toBe(61);
    expect([layers(byLayers.ranks[0]), layers(byLayers.ranks[15])]).toEqual([31, 30]);
    expect(byLayers.kvCacheTokens).toBeGreaterThan(1.5 * byTensors.kvCacheTokens);
  });

  test("a common prefix is held once", () => {
    const { kvCacheTokensNeeded } = memoryOf({ workload: { prefixHitRate: 0.5 } });
    expect(kvCacheTokensNeeded).toBe(512 + 64 * (2048 - 512));
  });
});

describe("what fits", () => {
  test("4 x H100 do not hold Q4_K_M and say so; 8 x A100 do", () => {
    const [first] = estimateMemory(planOf(llama("h100-sxm", 4)), catalog).infeasible;
    expect(first?.kind).toBe("memory-weights");
    expect(first?.message).toContain("The model's are 376.7 GiB, and 4 × H100 have 318.6.");
    expect(kindsOf(llama("a100-80-sxm", 8))).toEqual([]);
    expect(memoryOf(llama("a100-80-sxm", 8)).weightsBytes).toBe(404_488_847_360);
  });

  test("FP8 on 8 x H100: weights, runtime and cache are named with cumulative needs", () => {
    const { infeasible } = estimateMemory(planOf({ cluster: { accelerator: "h100-sxm" } }), catalog);
    expect(infeasible.map(({ kind }) => kind)).toEqual([
      "memory-weights",
      "memory-runtime",
      "memory-kv-cache",
    ]);
    const needs = infeasible.map((i) => ("needed" in i ? i.needed : 0));
    expect(needs).toEqual([...needs].sort((a, b) => a - b));
    expect(infeasible[0]?.message).toMatch(
      /^Every GPU is short of 26\.\d GiB: it needs 9\d\.\d, and SGLang uses/,
    );
  });

  test("more users than the cache holds: says how many, and the pool stays the engine's", () => {
    const asked: Change = { workload: { concurrency: 4000 } };
    const { infeasible, memory } = estimateMemory(planOf(asked), catalog);
    const users = memory?.concurrencyLimit ?? 0;
    expect(infeasible.map(({ kind }) => kind)).toEqual(["memory-kv-cache"]);
    expect(infeasible[0]?.message).toContain(`The cache holds ${users} of 4,000 users`);
    expect(memoryOf({}).ranks[0]?.kvCache).toBe(memory?.ranks[0]?.kvCache);
    expect(kindsOf({ workload: { concurrency: users } })).toEqual([]);
    expect(kindsOf({ workload: { concurrency: users + 1 } })).toEqual(["memory-kv-cache"]);
  });

  test("the host's memory counts", () => {
    const onHost = (hostMemoryGiB: number): Change =>
      llama("rtx-4090", 1, { cluster: { hostMemoryGiB }, layout: { experts: "cpu" } });
    expect(kindsOf(onHost(512))).toEqual([]);
    expect(kindsOf(onHost(256))).toEqual(["host-memory"]);
  });

  test("Apple: the wired limit is the capacity", () => {
    const mac = (id: string) => kindsOf(llama(id, 1));
    expect(mac("m3-ultra-512")).toEqual([]);
    expect(mac("m3-ultra-256")).toContain("memory-weights");
    expect(memoryOf(llama("m3-ultra-512", 1)).ranks[0]?.capacity).toBe(448e9);
  });

  test("every rank's parts add up", () => {
    const changes: Change[] = [{}, { layout: { dpAttention: 8, ep: 8 } }, llama("h200-sxm", 4)];
    for (const rank of changes.flatMap((change) => memoryOf(change).ranks)) {
      expect(rank.total).toBeCloseTo(rank.weights + rank.kvCache + rank.activations + rank.runtime, 0);
      expect(rank.weightsByGroup.routedExperts + rank.weightsByGroup.other).toBeCloseTo(rank.weights, 0);
    }
  });
});

describe("what an engine refuses", () => {
  const cases: readonly (readonly [string, Change, string])[] = [
    ["scale blocks cut in two", { cluster: { nodes: 4 }, layout: { tp: 32 } }, "layout"],
    ["more ranks than accelerators", { layout: { tp: 16 } }, "layout"],
    ["DP that does not divide TP", { layout: { dpAttention: 3 } }, "layout"],
    ["layers fewer than stages", { cluster: { nodes: 100 }, layout: { pp: 62 } }, "layout"],
    [
      "FP8 without FP8 units",
      { cluster: { accelerator: "a100-80-sxm", nodes: 2 }, layout: { tp: 16 } },
      "precision",
    ],
    ["NVFP4 on Hopper", { weights: "nvfp4" }, "precision"],
    ["GGUF in SGLang", { weights: "gguf:Q4_K_M" }, "engine"],
    [
      "a cache spread over ranks of Gaudi 3",
      { engine: "vllm", cluster: { accelerator: "gaudi3" }, layout: { dcp: 8 } },
      "engine",
    ],
    ["SGLang on a Mac", { cluster: { accelerator: "m3-ultra-512" } }, "engine"],
    ["a q8_0 cache in SGLang", { kvCache: "q8_0" }, "precision"],
    ["a request beyond the context", { workload: { inputTokens: 163_840 } }, "context"],
    [
      "a quantized cache without flash attention",
      llama("h200-sxm", 8, { kvCache: "q8_0", options: { flashAttention: false } }),
      "precision",
    ],
    ["TP in llama.cpp", llama("h200-sxm", 8, { layout: { tp: 8, pp: 1 } }), "layout"],
  ];
  test.each(cases)("%s", (_, change, kind) => {
    expect(kindsOf(change)).toContain(kind);
  });

  test("vLLM multiplies FP8 in 16 bit on Ampere, with a note", () => {
    const change: Change = {
      engine: "vllm",
      cluster: { accelerator: "a100-80-sxm", nodes: 2 },
      layout: { tp: 16 },
    };
    const { infeasible, notes } = estimateMemory(planOf(change), catalog);
    expect(infeasible).toEqual([]);
    expect(notes.some(({ message }) => message.includes("Marlin"))).toBe(true);
  });
});

describe("instances", () => {
  const side = { gpus: 8, tp: 8, pp: 1, dpAttention: 1, ep: 1 };
  const layout = {
    disaggregated: { prefill: side, decode: side, prefillReplicas: 1, decodeReplicas: 2 },
  };

  test("prefill and decode have ranks of their own; the cache is a decode instance's", () => {
    const { ranks, kvCacheTokens, kvCacheTokensNeeded } = memoryOf({ cluster: { nodes: 3 }, layout });
    expect(ranks.map(({ name }) => name).filter((name) => name.endsWith(" 0"))).toEqual([
      "Prefill GPU 0",
      "Decode GPU 0",
    ]);
    expect(kvCacheTokens).toBe(memoryOf({}).kvCacheTokens);
    expect(kvCacheTokensNeeded).toBe(32 * 2048);
    expect(kindsOf({ cluster: { nodes: 2 }, layout })).toEqual(["layout"]);
  });

  test("replicas share the users", () => {
    const { kvCacheTokensNeeded } = memoryOf({ cluster: { nodes: 2 }, layout: { replicas: 2 } });
    expect(kvCacheTokensNeeded).toBe(32 * 2048);
  });
});

test("engine versions: vLLM's share is 0.9 through 0.19.1 and 0.92 from 0.20.1", () => {
  const pool = (engineVersion: string) =>
    firstOf(memoryOf({ engine: "vllm", options: { engineVersion } }).ranks).kvCache;
  const usable = 139.81 * GIB;
  expect((pool("0.20.1") - pool("0.19.1")) / usable).toBeCloseTo(0.02, 3);
});
