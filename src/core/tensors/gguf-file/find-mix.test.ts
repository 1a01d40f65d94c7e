import { describe, expect, it } from "vitest";
import type { GgufTensorInfo } from "../../domain/gguf-file.ts";
import type { GgmlType } from "../../domain/tensor.ts";
import { DEEPSEEK_V3 as a } from "../deepseek-v3.fixture.ts";
import { GGUF_FILE_TYPES, GGUF_MIXES } from "../gguf-mixes.ts";
import { quantizeTensors, type QuantizeOptions } from "../quantize-tensors.ts";
import { compareGguf } from "./compare-gguf.ts";
import { findMix } from "./find-mix.ts";

type Type = (typeof GGUF_FILE_TYPES)[number];

const fileOf = (type: Type, options: QuantizeOptions): GgufTensorInfo[] =>
  quantizeTensors(a, type, options).map(({ name, shape, type: of, bytes }) => ({
    ...{ name, shape, type: of, bytes },
    typeId: 0,
    offset: 0,
  }));

function found(tensors: readonly GgufTensorInfo[], hints = {}) {
  const mix = findMix(a, tensors, hints);
  if (!mix.ok) throw new Error(mix.error.problem);
  return mix.value;
}

/** The found mix makes exactly the file's types. */
function expectSame(tensors: readonly GgufTensorInfo[]) {
  const { type, imatrix, mtpLayer, tensorTypes, unreachable } = found(tensors);
  const made = quantizeTensors(a, type, { imatrix, mtpLayer, overrides: tensorTypes });
  expect(unreachable).toBe(0);
  expect(compareGguf({ tensors, whole: true }, made).differences).toEqual([]);
  return tensorTypes;
}

describe("findMix", () => {
  it.each(GGUF_FILE_TYPES.filter((_, i) => i % 3 === 0))("finds %s by itself, with no rule", (type) => {
    const imatrix = GGUF_MIXES[type].needsImatrix ?? false;
    const tensors = fileOf(type, { imatrix, mtpLayer: false });
    const mix = found(tensors);
    expect(mix.tensorTypes).toEqual([]);
    const made = quantizeTensors(a, mix.type, { imatrix: mix.imatrix, mtpLayer: mix.mtpLayer });
    expect(made.map((tensor) => tensor.type)).toEqual(tensors.map((tensor) => tensor.type));
  });

  it("keeps the name that the file gives itself where several types are alike", () => {
    const tensors = fileOf("Q3_K_S", { imatrix: false, mtpLayer: false });
    expect(found(tensors, { fileType: 11 }).type).toBe("Q3_K_S");
  });

  it("finds rules by layer, by part and outside the layers", () => {
    const overrides = [
      { pattern: "blk\\.(3|4|1[0-9])\\.ffn_down_exps", type: "q8_0" as GgmlType },
      { pattern: "ffn_down_exps", type: "q5_K" as GgmlType },
      { pattern: "attn_q_[ab]\\.", type: "q8_0" as GgmlType },
      { pattern: "^output\\.", type: "q8_0" as GgmlType },
    ];
    const rules = expectSame(fileOf("Q4_K_M", { imatrix: false, mtpLayer: false, overrides }));
    expect(rules).toEqual(
      expect.arrayContaining([
        { pattern: "^output\\.weight", type: "q8_0" },
        { pattern: "\\.(attn_q_a|attn_q_b)\\.weight", type: "q8_0" },
        { pattern: "blk\\.([34]|1[0-9])\\.ffn_down_exps\\.weight", type: "q8_0" },
        // All other layers, those included that the stock mix would raise.
        { pattern: "\\.ffn_down_exps\\.weight", type: "q5_K" },
      ]),
    );
    expect(rules.length).toBe(4);
  });

  it("mends the types of tensors that a rule moved by not counting", () => {
    const overrides = [{ pattern: "ffn_down_exps", type: "iq4_xs" as GgmlType }];
    expectSame(fileOf("IQ1_S", { imatrix: true, mtpLayer: false, overrides }));
  });

  it("sees the MTP layer, and the importance matrix by what it changed", () => {
    expect(found(fileOf("Q4_0", { imatrix: true, mtpLayer: true }))).toMatchObject({
      ...{ type: "Q4_0", imatrix: true, mtpLayer: true, tensorTypes: [] },
    });
  });

  it("takes part of a file for what it is", () => {
    const tensors = fileOf("Q4_K_M", { imatrix: false, mtpLayer: false }).slice(0, 300);
    expect(found(tensors, { fileType: 15 })).toMatchObject({ type: "Q4_K_M", tensorTypes: [] });
  });

  it("counts tensors that no rule reaches", () => {
    const tensors = fileOf("Q8_0", { imatrix: false, mtpLayer: false }).map((tensor): GgufTensorInfo =>
      tensor.name.includes("ffn_gate_inp") ? { ...tensor, type: "f16" } : tensor,
    );
    expect(found(tensors)).toMatchObject({ type: "Q8_0", tensorTypes: [], unreachable: 58 });
  });

  it("refuses types that llama.cpp does not have, and a file without order", () => {
    const tensors = fileOf("Q8_0", { imatrix: false, mtpLayer: false });
    const foreign = tensors.map((tensor, i) => (i === 9 ? { ...tensor, type: null, typeId: 139 } : tensor));
    expect(findMix(a, foreign, {})).toMatchObject({
      ok: false,
      error: { path: tensors[9]?.name, problem: expect.stringContaining("type 139") as string },
    });
    const kinds: GgmlType[] = ["q2_K", "q3_K", "q4_K", "q5_K", "q6_K", "q8_0", "f16"];
    const wild: GgufTensorInfo[] = tensors.map((tensor, i) =>
      tensor.type === "q8_0" && (tensor.shape[0] ?? 0) % 256 === 0
        ? { ...tensor, type: kinds[(i * i + 3 * i) % 7] ?? "q8_0" }
        : tensor,
    );
    expect(findMix(a, wild, {})).toMatchObject({ ok: false, error: { path: "options.tensorTypes" } });
  });
});
