import { describe, expect, test } from "vitest";
import { GIB, MIB } from "../../units/quantity.ts";
import { cachePool, sglangFraction, type PoolInput } from "./cache-pool.ts";
import { compareVersions } from "./engine-version.ts";

const h200: PoolInput = {
  engine: "sglang",
  version: "0.5.18",
  capacity: 143_771 * MIB,
  usable: 139.81 * GIB,
  weights: 80 * GIB,
  activations: 2 * GIB,
  context: 0.5 * GIB,
  communication: 1.9 * GIB,
  graphs: 1 * GIB,
  fraction: undefined,
  defaultFraction: 0.9,
  ranks: 8,
  dpAttention: 1,
  ep: 1,
  chunkedPrefill: 8192,
  decodeGraphBatch: 512,
  speculative: false,
};

describe("SGLang's automatic fraction", () => {
  test("8 x H200 at TP 8: 0.886", () => {
    // 512 + 12,288 + 1,024 + 1,024 + 1,536 = 16,384 MiB of 143,771
    expect(sglangFraction(h200)).toBe(0.886);
  });

  test("reserves 10 GiB at least on large cards, and nothing of the kind on small ones", () => {
    const small = { ...h200, ranks: 1, chunkedPrefill: 2048, decodeGraphBatch: 24, version: "0.5.2" };
    expect(sglangFraction(small)).toBe(Math.round((1 - 10_240 / 143_771) * 1000) / 1000);
    expect(sglangFraction({ ...small, capacity: 24_564 * MIB })).toBe(0.847);
  });

  test("a draft model, DP attention and an all-to-all take their own", () => {
    expect(sglangFraction({ ...h200, speculative: true })).toBe(0.872);
    // 16,384 + 512 * 8 * 4.5 + 2,048 for the all-to-all
    expect(sglangFraction({ ...h200, dpAttention: 8, ep: 8 })).toBe(0.744);
  });

  test("was a table before 0.4.8", () => {
    const old = (ranks: number) => sglangFraction({ ...h200, version: "0.4.2", ranks });
    expect([1, 2, 4, 8, 16].map(old)).toEqual([0.88, 0.87, 0.85, 0.81, 0.79]);
  });
});

describe("pools of the same device", () => {
  const bytes = (change: Partial<PoolInput>) => cachePool({ ...h200, ...change }).bytes / GIB;

  test("SGLang: static share of what was free before loading, less weights", () => {
    expect(bytes({ fraction: 0.8 })).toBeCloseTo((139.81 - 2.4) * 0.8 - 80, 6);
  });

  test("vLLM: share of the device, less all but the context; graphs count since 0.21", () => {
    const vllm = { engine: "vllm", fraction: 0.9 } as const;
    expect(bytes({ ...vllm, version: "0.20.1" })).toBeCloseTo(139.81 * 0.9 - 80 - 1.9 - 2, 6);
    expect(bytes({ ...vllm, version: "0.21.0" })).toBeCloseTo(139.81 * 0.9 - 80 - 1.9 - 2 - 1, 6);
  });

  test("TensorRT-LLM: share of what the loaded model leaves", () => {
    expect(bytes({ engine: "tensorrt-llm" })).toBeCloseTo(0.9 * (139.81 - 80 - 0.5 - 1.9 - 2 - 1), 6);
  });
});

test("versions compare by their numbers; one without numbers is the newest", () => {
  expect(compareVersions("0.4.10", "0.4.8")).toBeGreaterThan(0);
  expect(compareVersions("0.20.1", "0.19.1")).toBeGreaterThan(0);
  expect(compareVersions("0.4.3.post4", "0.4.3")).toBe(0);
  expect(compareVersions("nightly", "0.27.1")).toBeGreaterThan(0);
});
