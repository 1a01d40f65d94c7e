/** Ten mixes of one's own against llama.cpp's dry run of the full-size file: every tensor's type and bytes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runJobs } from "../../../test/llama-cpp/dry-run.mjs";
import { writeSparseGguf } from "../../../test/llama-cpp/sparse-gguf.mjs";
import { findPatternFault } from "../domain/tensor-pattern.ts";
import type { GgmlType, GgufFileType } from "../domain/tensor.ts";
import { DEEPSEEK_V3 } from "./deepseek-v3.fixture.ts";
import { GGML_TYPES } from "./ggml-types.ts";
import { buildManifest } from "./gguf-manifest.ts";
import { quantizeTensors } from "./quantize-tensors.ts";

interface CustomMix {
  readonly what: string;
  readonly type: GgufFileType;
  readonly overrides: readonly { readonly pattern: string; readonly type: GgmlType }[];
}

const mix = (what: string, type: GgufFileType, ...rows: [pattern: string, type: GgmlType][]): CustomMix => ({
  what,
  type,
  overrides: rows.map(([pattern, to]) => ({ pattern, type: to })),
});

const MIXES: readonly CustomMix[] = [
  mix("attention in 8 bit", "Q4_K_M", ["attn_.*", "q8_0"]),
  mix(
    "experts small, the rest as it is",
    "Q4_K_M",
    ["ffn_(up|gate)_exps", "iq2_xxs"],
    ["ffn_down_exps", "iq3_xxs"],
  ),
  mix("shared experts in 8 bit", "Q3_K_M", ["ffn_(up|gate|down)_shexp", "q8_0"]),
  mix("ends of the model larger", "IQ2_M", ["blk\\.[0-5]\\.", "q6_K"], ["blk\\.(5[6-9]|60)\\.", "q5_K"]),
  mix("dense layers whole", "Q2_K", ["blk\\.[0-2]\\.ffn_(up|gate|down)\\.", "bf16"]),
  mix("head and embedding", "IQ4_XS", ["^output\\.weight$", "q8_0"], ["token_embd", "q4_K"]),
  mix("the first pattern decides", "Q5_K_M", ["blk\\.7\\.", "q4_0"], ["ffn_down_exps", "q3_K"]),
  mix("types that fall back on rows of 128", "Q4_K_S", ["attn_k_b", "q6_K"], ["attn_v_b", "iq4_xs"]),
  mix("norms and router asked for in vain", "Q4_0", ["norm", "q8_0"], ["ffn_gate_inp", "q8_0"]),
  mix("MXFP4 experts under an 8-bit file", "Q8_0", ["_exps", "mxfp4"], ["attn_kv_a_mqa", "bf16"]),
];

const runnable = process.platform === "linux" && process.arch === "x64";
const folder = runnable ? mkdtempSync(join(tmpdir(), "fathom-mix-")) : "";
const source = join(folder, "source.gguf");

describe.skipIf(!runnable)("mixes of one's own against llama.cpp (needs linux-x64)", () => {
  beforeAll(() => {
    const tensors = quantizeTensors(DEEPSEEK_V3, "BF16", { imatrix: false, mtpLayer: false });
    writeSparseGguf(source, {
      architecture: DEEPSEEK_V3,
      mtpLayer: false,
      tensors: tensors.map((t) => ({ ...t, typeId: GGML_TYPES[t.type].id })),
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("0 of 1,086 tensors differ in each of ten", async () => {
    const results = await runJobs(
      source,
      MIXES.map(({ type, overrides }) => ({ type, imatrix: true, overrides })),
    );
    expect(results).toHaveLength(10);
    results.forEach((result, i) => {
      const { what, type, overrides } = MIXES[i] as CustomMix;
      const options = { imatrix: true, mtpLayer: false, overrides };
      const manifest = buildManifest(DEEPSEEK_V3, "deepseek-v3", type, options);
      const stock = buildManifest(DEEPSEEK_V3, "deepseek-v3", type, { ...options, overrides: [] });
      expect(
        manifest.tensors.map((t) => [t.name, t.type, t.bytes] as const),
        what,
      ).toEqual(result.tensors);
      expect(manifest.tensorBytes, what).toBe(result.tensors.reduce((sum, [, , bytes]) => sum + bytes, 0));
      if (what !== "norms and router asked for in vain")
        expect(manifest.tensorBytes, what).not.toBe(stock.tensorBytes);
    });
  });

  test("the plan takes every one of these patterns", () => {
    for (const { overrides } of MIXES) {
      for (const { pattern } of overrides) expect(findPatternFault(pattern), pattern).toBeUndefined();
    }
  });
});
