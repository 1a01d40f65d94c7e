import { beforeAll, describe, expect, it } from "vitest";
import type { OpTableSet } from "../../domain/op-tables.ts";
import { createGpuStepModel } from "./gpu-step-model.ts";
import { OLD_SOFTWARE } from "./parameters.ts";
import { stepInput, tablesOf, type InputOverrides } from "./testing/step-input.ts";

let h200: OpTableSet;
let b200: OpTableSet;
let gb200: OpTableSet;
beforeAll(async () => {
  h200 = (await tablesOf("h200-sxm"))!;
  b200 = (await tablesOf("b200-sxm"))!;
  gb200 = (await tablesOf("gb200"))!;
});

const onH200 = (overrides: InputOverrides = {}) => createGpuStepModel(stepInput("h200-sxm", h200, overrides));

describe("anchors", () => {
  // 8 H200, SGLang 0.5.9, 8192/1024: a saturated prefill instance took 269 ms a request of 7373 tokens.
  it("prefills 7373 tokens on eight H200 within 3 % of the measured 269 ms", () => {
    expect(Math.abs(onH200().prefillMs(1, 7373, 0) / 269 - 1)).toBeLessThan(0.03);
  });

  it("decodes 64 sequences at 1536 tokens on eight H200 in 28 ms, most of it experts", () => {
    const step = onH200().decode(64, 1536);
    expect(step.totalMs).toBeGreaterThan(25);
    expect(step.totalMs).toBeLessThan(31);
    expect(step.operators[0]!.id).toBe("routed-experts");
    expect(step.operators[0]!.ms / step.totalMs).toBeGreaterThan(0.5);
  });

  // gb300 TensorRT-LLM, 4 x TP8, concurrency 4: 7.64 ms a token measured.
  it("decodes one sequence on eight Blackwell near the measured 7.6 ms", () => {
    const input = stepInput("gb200", gb200, {
      engineId: "tensorrt-llm",
      ep: 8,
      kvCache: "fp8",
      acceleratorsPerNode: 4,
    });
    const ms = createGpuStepModel(input).decodeMs(1, 7834);
    expect(Math.abs(ms / 7.64 - 1)).toBeLessThan(0.1);
  });
});

describe("the fast path", () => {
  it("is the sum of the waterfall", () => {
    for (const overrides of [{}, { dpAttention: 8, ep: 8 }, { pp: 2 }, { speculative: "mtp2" }] as const) {
      const model = onH200(overrides);
      const decode = model.decode(37, 2345);
      const prefill = model.prefill(3, 700, 100);
      const sum = (ms: readonly { readonly ms: number }[]) => ms.reduce((total, o) => total + o.ms, 0);
      expect(model.decodeMs(37, 2345)).toBeCloseTo(decode.totalMs, 9);
      expect(sum(decode.operators)).toBeCloseTo(decode.totalMs, 9);
      expect(model.prefillMs(3, 700, 100)).toBeCloseTo(prefill.totalMs, 9);
    }
  });

  it("answers the same twice, whatever was asked between", () => {
    const model = onH200();
    const first = model.decodeMs(16, 4000);
    model.prefillMs(4, 8000, 0);
    onH200({ dpAttention: 8 }).decodeMs(1, 1);
    expect(model.decodeMs(16, 4000)).toBe(first);
  });
});

describe("layouts", () => {
  it("reduces under TP and exchanges tokens under data-parallel attention", () => {
    const ids = (overrides: InputOverrides) =>
      onH200(overrides)
        .decode(64, 1536)
        .operators.map((o) => o.id);
    expect(ids({})).toContain("all-reduce");
    expect(ids({})).not.toContain("all-to-all");
    expect(ids({ dpAttention: 8, ep: 8 })).toContain("all-to-all");
    expect(ids({ dpAttention: 8, ep: 8 })).not.toContain("all-reduce");
    expect(ids({ tp: 16, dpAttention: 8, ep: 16 })).toEqual(
      expect.arrayContaining(["all-reduce", "all-to-all"]),
    );
  });

  it("reads the cache once a rank under data-parallel attention, so long contexts gain", () => {
    const tensor = onH200()
      .decode(128, 30_000)
      .operators.find((o) => o.id === "attention-core")!;
    const data = onH200({ dpAttention: 8, ep: 8 })
      .decode(128, 30_000)
      .operators.find((o) => o.id === "attention-core")!;
    expect(data.ms).toBeLessThan(tensor.ms);
  });

  it("takes a second node's all-reduce over the network", () => {
    const one = onH200()
      .decode(16, 2000)
      .operators.find((o) => o.id === "all-reduce")!;
    const two = onH200({ tp: 16 })
      .decode(16, 2000)
      .operators.find((o) => o.id === "all-reduce")!;
    expect(two.ms).toBeGreaterThan(one.ms + 122 * 0.02);
  });

  it("goes through NCCL across a rack for SGLang, not for TensorRT-LLM", () => {
    const reduce = (engineId: "sglang" | "tensorrt-llm") =>
      createGpuStepModel(stepInput("gb200", gb200, { engineId, acceleratorsPerNode: 4, kvCache: "fp8" }))
        .decode(8, 4000)
        .operators.find((o) => o.id === "all-reduce")!.ms;
    expect(reduce("sglang")).toBeGreaterThan(1.5 * reduce("tensorrt-llm"));
  });

  it("passes layers on under pipelining: one sequence gains nothing, many keep all stages busy", () => {
    const [whole, halves] = [onH200(), onH200({ pp: 2 })];
    expect(halves.decodeMs(1, 2000)).toBeGreaterThan(whole.decodeMs(1, 2000));
    expect(halves.decodeMs(128, 2000)).toBeGreaterThan(whole.decodeMs(64, 2000));
    expect(halves.decodeMs(128, 2000)).toBeLessThan(1.25 * whole.decodeMs(64, 2000));
    expect(halves.prefillMs(32, 4000, 0) / 32).toBeLessThan((0.65 * whole.prefillMs(32, 4000, 0)) / 32);
  });

  it("shards a long cache under decode-context parallelism", () => {
    const plain = onH200().decode(8, 100_000);
    const shared = onH200({ dcp: 8 }).decode(8, 100_000);
    const core = (step: typeof plain) => step.operators.find((o) => o.id === "attention-core")!.ms;
    expect(core(shared)).toBeLessThan(core(plain));
  });
});

describe("formats, drafts and versions", () => {
  it("reads fewer bytes in FP4 than in FP8, and more in BF16", () => {
    const ms = (weightsId: string) =>
      createGpuStepModel(stepInput("b200-sxm", b200, { weightsId, kvCache: "fp8" })).decodeMs(32, 2000);
    expect(ms("nvfp4")).toBeLessThan(ms("fp8"));
    expect(ms("fp8")).toBeLessThan(ms("bf16"));
  });

  it("costs a step more with drafts, less than a step each", () => {
    const off = onH200().decodeMs(16, 2000);
    const two = onH200({ speculative: "mtp2" }).decodeMs(16, 2000);
    expect(two).toBeGreaterThan(1.05 * off);
    expect(two).toBeLessThan(3 * off);
  });

  it("is slower in builds from before Blackwell was tuned, on Blackwell alone", () => {
    const at = (id: string, tables: OpTableSet, engineDate: string) =>
      createGpuStepModel(stepInput(id, tables, { engineDate })).decodeMs(16, 2000);
    const ratio = at("b200-sxm", b200, "2025-11-01") / at("b200-sxm", b200, "2026-03-01");
    expect(ratio).toBeCloseTo(OLD_SOFTWARE.value, 6);
    expect(ratio).toBeGreaterThan(1.2);
    expect(at("h200-sxm", h200, "2025-11-01")).toBe(at("h200-sxm", h200, "2026-03-01"));
  });

  it("stretches a cached prompt's attention, not its projections", () => {
    const model = onH200();
    expect(model.prefillMs(1, 2000, 6000)).toBeGreaterThan(model.prefillMs(1, 2000, 0));
    expect(model.prefillMs(1, 2000, 6000)).toBeLessThan(model.prefillMs(1, 8000, 0));
  });
});

describe("how hard a number is", () => {
  it("is calibrated on tables, extrapolated outside them and without them", () => {
    expect(onH200().decode(64, 1536).basis).toBe("calibrated");
    expect(onH200().decode(64, 1536).operators[0]!.basis).toBe("interpolated");
    expect(onH200({ dpAttention: 8, ep: 8 }).decode(40_000, 1536).operators[0]!.basis).toBe("extrapolated");
    expect(createGpuStepModel(stepInput("h20-141", null)).decode(64, 1536).basis).toBe("extrapolated");
    expect(createGpuStepModel(stepInput("mi355x", null, { engineId: "atom" })).basis).toBe("calibrated");
    expect(createGpuStepModel(stepInput("mi300x", null)).basis).toBe("extrapolated");
    expect(createGpuStepModel(stepInput("tpu-v7", null)).basis).toBe("assumed");
  });

  it("refuses what it cannot time", () => {
    const { accelerator: _, ...without } = stepInput("h200-sxm", h200);
    expect(() => createGpuStepModel(without)).toThrow(RangeError);
    expect(() => createGpuStepModel(stepInput("h200-sxm", h200, { weightsId: "gguf:Q4_K_M" }))).toThrow(
      RangeError,
    );
  });
});
