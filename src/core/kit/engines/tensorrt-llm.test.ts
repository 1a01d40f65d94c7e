import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Plan } from "../../domain/plan.ts";
import { compileKit } from "../compile-kit.ts";
import { MORE_ENGINES } from "../fixtures/more-cases.ts";
import { FLAG_TABLES, inputOf, kitOf } from "../fixtures/compile-case.ts";
import type { KitCase } from "../fixtures/cases.ts";

const fp8 = MORE_ENGINES.find(({ name }) => name === "tensorrt-llm-fp8-8xh200-mtp") as KitCase;
const settingsOf = (kitCase: KitCase): Record<string, unknown> =>
  parse(kitOf(kitCase).files.find(({ path }) => path === "serve/trtllm.yaml")?.text ?? "") as Record<
    string,
    unknown
  >;

/** Leaves of the file as dotted keys. */
function leaves(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === "" ? key : `${path}.${key}`));
}

describe("trtllm.yaml", () => {
  it.each(MORE_ENGINES.filter(({ plan }) => plan.engine === "tensorrt-llm"))(
    "$name holds only keys of the version's list",
    (kitCase) => {
      const known = new Set(FLAG_TABLES["tensorrt-llm"]?.configKeys["--config"]);
      const keys = leaves(settingsOf(kitCase));
      expect(keys.length).toBeGreaterThan(10);
      expect(keys.filter((key) => !known.has(key))).toEqual([]);
    },
  );

  it("says the layout, the cache and the draft as the plan does", () => {
    expect(settingsOf(fp8)).toMatchObject({
      tensor_parallel_size: 8,
      enable_attention_dp: false,
      moe_config: { backend: "CUTLASS" },
      kv_cache_config: { dtype: "bfloat16", enable_block_reuse: true },
      speculative_config: { decoding_type: "MTP", num_nextn_predict_layers: 1 },
    });
  });

  it("refuses a setting that the version does not have, where the plan hangs on it", () => {
    const flags = FLAG_TABLES["tensorrt-llm"];
    if (!flags) throw new Error("table");
    const keys = (flags.configKeys["--config"] ?? []).filter((key) => key !== "enable_attention_dp");
    const input = { ...inputOf(fp8), flags: { ...flags, configKeys: { "--config": keys } } };
    expect(compileKit(input)).toMatchObject({
      ok: false,
      error: { problem: "tensorrt-llm has no setting enable_attention_dp" },
    });
  });
});

describe("TensorRT-LLM refuses", () => {
  it.each<[string, Partial<Plan>, string, RegExp]>([
    [
      "Ampere",
      { cluster: { accelerator: "a100-80-sxm", acceleratorsPerNode: 8, nodes: 1 } },
      "cluster.accelerator",
      /Hopper and Blackwell only/,
    ],
    ["NVFP4 on Hopper", { weights: "nvfp4" }, "weights", /H200 has no FP4 units/],
    [
      "attention data parallelism over some ranks",
      { layout: { ...fp8.plan.layout, dpAttention: 4 } },
      "layout.dpAttention",
      /all 8 ranks or none/,
    ],
    [
      "several nodes as pods",
      {
        target: "kubernetes",
        cluster: { accelerator: "h200-sxm", acceleratorsPerNode: 8, nodes: 2 },
        layout: { ...fp8.plan.layout, tp: 16 },
      },
      "target",
      /one MPI process an accelerator/,
    ],
    ["a GGUF cache", { kvCache: "q8_0" }, "kvCache", /no q8_0 cache/],
  ])("%s", (_, change, path, problem) => {
    const plan = { ...fp8.plan, ...change };
    const nativeFp8 = change.cluster?.accelerator !== "a100-80-sxm";
    const input = inputOf({ ...fp8, plan });
    const a100 = input.catalog.accelerators.get("a100-80-sxm");
    if (!a100) throw new Error("a100");
    const accelerators = nativeFp8
      ? input.catalog.accelerators
      : new Map([[a100.id, { ...a100, nativeFp8: false }]]);
    const result = compileKit({ ...input, catalog: { ...input.catalog, accelerators } });
    expect(result).toMatchObject({ ok: false, error: { path } });
    if (!result.ok) expect(result.error.problem).toMatch(problem);
  });
});
