import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GIB } from "../units/quantity.ts";
import { CHECKPOINT_FORMATS } from "./checkpoint-formats.ts";
import { DEEPSEEK_V3 } from "./deepseek-v3.fixture.ts";
import { shardWeights, type RankWeights, type ShardLayout, type ShardOptions } from "./shard-weights.ts";
import { weightTotals } from "./weight-totals.ts";

const ranksOf = (
  weights: string,
  layout: Partial<ShardLayout>,
  options: Partial<ShardOptions> = {},
): readonly RankWeights[] =>
  shardWeights(
    DEEPSEEK_V3,
    weights,
    { tp: 8, pp: 1, dpAttention: 1, ep: 1, ...layout },
    { engine: "vllm", mtpLayer: false, ...options },
  );

const relativeError = (rank: RankWeights | undefined, loggedGib: number, bytes = rank?.total ?? 0): number =>
  bytes / GIB / loggedGib - 1;

describe("weights per rank against engine logs", () => {
  test("FP8, vLLM 0.12, TP8: 79.739 GiB", () =>
    expect(Math.abs(relativeError(ranksOf("fp8", {})[0], 79.739))).toBeLessThan(0.01));

  test("NVFP4, vLLM, TP4: 94.5 GiB", () =>
    expect(Math.abs(relativeError(ranksOf("nvfp4", { tp: 4 })[0], 94.5))).toBeLessThan(0.01));

  test("AWQ, vLLM, TP16: 21.2 GiB", () =>
    expect(Math.abs(relativeError(ranksOf("awq-int4", { tp: 16 })[0], 21.2))).toBeLessThan(0.01));

  // vLLM 0.6.6 had no MLA and so no absorbed copies; the log's constant 0.2 GiB weighs more in a small stage.
  test("FP8, vLLM 0.6.6, TP8 PP4, first stage: 16.958 GiB", () => {
    const rank = ranksOf("fp8", { pp: 4 })[0];
    const bytes = (rank?.total ?? 0) - (rank?.absorbed ?? 0);
    expect(Math.abs(relativeError(rank, 16.958, bytes))).toBeLessThan(0.015);
  });

  // sgl-project/sglang#6017: 32 redundant experts, dense layers and head whole on every rank.
  test("FP8, SGLang, DP attention 8, EP8, EPLB: 105.59 GiB", () => {
    const options = { engine: "sglang", redundantExperts: 32, denseTp: 1, dpHead: true } as const;
    const rank = ranksOf("fp8", { dpAttention: 8, ep: 8 }, options)[0];
    expect(Math.abs(relativeError(rank, 105.59))).toBeLessThan(0.015);
  });
});

describe("what is cut and what is whole", () => {
  test("tensor parallelism leaves router, norms and the low-rank projections whole", () => {
    const [one] = ranksOf("fp8", { tp: 1 });
    const [eight] = ranksOf("fp8", { tp: 8 });
    expect(eight?.router).toBe(one?.router);
    expect(eight?.norm).toBe(one?.norm);
    expect(eight?.routedExperts).toBeCloseTo((one?.routedExperts ?? 0) / 8, 0);
    expect(eight?.attention).toBeGreaterThan((one?.attention ?? 0) / 8);
  });

  test("DP attention repeats attention, expert parallelism moves no expert bytes", () => {
    const [tp] = ranksOf("fp8", {});
    const [dp] = ranksOf("fp8", { dpAttention: 8 });
    const [ep] = ranksOf("fp8", { ep: 8 });
    const [whole] = ranksOf("fp8", { tp: 1 });
    expect(dp?.attention).toBe(whole?.attention);
    expect(ep?.routedExperts).toBe(tp?.routedExperts);
    expect(dp?.routedExperts).toBe(tp?.routedExperts);
  });

  test("experts that do not divide fill the fullest rank", () => {
    const [even] = ranksOf("fp8", { tp: 16, ep: 16 });
    const [odd] = ranksOf("fp8", { tp: 16, ep: 16 }, { redundantExperts: 1 });
    expect(odd?.routedExperts).toBeCloseTo(((even?.routedExperts ?? 0) * 17) / 16, 0);
  });

  test("the MTP layer sits on the last stage", () => {
    const plain = ranksOf("fp8", { pp: 2 });
    const drafted = ranksOf("fp8", { pp: 2 }, { mtpLayer: true });
    expect(drafted[0]?.total).toBe(plain[0]?.total);
    expect(drafted[15]?.routedExperts).toBeGreaterThan(plain[15]?.routedExperts ?? 0);
    expect(drafted[15]?.mtp).toBeGreaterThan(0);
  });

  test("layouts that do not divide are refused", () => {
    expect(() => ranksOf("fp8", { tp: 8, dpAttention: 3 })).toThrow(RangeError);
    expect(() => ranksOf("fp8", { tp: 8, ep: 5 })).toThrow(RangeError);
    expect(() => ranksOf("fp8", { tp: 0 })).toThrow(RangeError);
    expect(() => ranksOf("gguf:Q4_K_M", {})).toThrow(RangeError);
  });
});

const powerOfTwo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max }).map((n) => 2 ** n);

/** Layouts that divide: dpAttention and ep are powers of two up to tp. */
const layouts = fc
  .record({ tp: powerOfTwo(6), pp: fc.integer({ min: 1, max: 12 }), dp: powerOfTwo(6), ep: powerOfTwo(6) })
  .map(({ tp, pp, dp, ep }) => ({ tp, pp, dpAttention: Math.min(dp, tp), ep: Math.min(ep, tp) }));
const formats = fc.constantFrom(...Object.keys(CHECKPOINT_FORMATS));
const engines = fc.constantFrom("vllm" as const, "sglang" as const, "tensorrt-llm" as const);

describe("for every layout", () => {
  test("ranks together hold the whole model, and no part is lost", () => {
    fc.assert(
      fc.property(layouts, formats, engines, fc.boolean(), (layout, weights, engine, mtpLayer) => {
        const ranks = shardWeights(DEEPSEEK_V3, weights, layout, { engine, mtpLayer });
        const totals = weightTotals(DEEPSEEK_V3, weights, { mtpLayer });
        const sum = (part: keyof RankWeights): number => ranks.reduce((all, rank) => all + rank[part], 0);
        const shared = totals.layers.reduce((all, l) => all + l.mtpEmbedding + l.mtpHead, 0);
        const held = sum("total") - sum("absorbed");
        expect(held).toBeGreaterThanOrEqual((totals.total - shared) * (1 - 1e-12));
        expect(sum("routedExperts")).toBeCloseTo(totals.groups["routed-experts"], -3);
        expect(sum("layerCount")).toBe(DEEPSEEK_V3.layerCount * layout.tp);
        expect(sum("router")).toBe(totals.groups.router * layout.tp);
        for (const rank of ranks) expect(Object.values(rank).every((n) => n >= 0)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("one rank holds the file exactly, plus the absorbed copies", () => {
    fc.assert(
      fc.property(formats, engines, (weights, engine) => {
        const layout = { tp: 1, pp: 1, dpAttention: 1, ep: 1 };
        const [rank] = shardWeights(DEEPSEEK_V3, weights, layout, { engine, mtpLayer: false });
        const { total } = weightTotals(DEEPSEEK_V3, weights, { mtpLayer: false });
        expect((rank?.total ?? 0) - (rank?.absorbed ?? 0)).toBe(total);
      }),
    );
  });

  test("more tensor parallelism never takes more memory a rank", () => {
    fc.assert(
      fc.property(layouts, formats, engines, (layout, weights, engine) => {
        const options = { engine, mtpLayer: false };
        const base = { ...layout, dpAttention: 1, ep: 1 };
        const [less] = shardWeights(DEEPSEEK_V3, weights, base, options);
        const [more] = shardWeights(DEEPSEEK_V3, weights, { ...base, tp: 2 * base.tp }, options);
        expect(more?.total).toBeLessThan(less?.total ?? 0);
      }),
      { numRuns: 40 },
    );
  });
});
