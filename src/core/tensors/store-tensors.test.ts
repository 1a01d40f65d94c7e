import { describe, expect, test } from "vitest";
import { CHECKPOINT_FORMATS } from "./checkpoint-formats.ts";
import { DEEPSEEK_V3 } from "./deepseek-v3.fixture.ts";
import { storedBytes, storeTensors } from "./store-tensors.ts";
import { weightTotals } from "./weight-totals.ts";

const stored = (weights: string, mtpLayer = true) => storeTensors(DEEPSEEK_V3, weights, { mtpLayer });
const total = (weights: string, mtpLayer = true): number =>
  stored(weights, mtpLayer).reduce((sum, tensor) => sum + storedBytes(tensor), 0);

/** A safetensors header entry: `"name":{"dtype":"F8_E4M3","shape":[1,2],"data_offsets":[3,4]},` */
function headerBytes(weights: string, offsetDigits: number): number {
  const entry = (name: string, type: string, shape: readonly number[]): number =>
    `"${name}":{"dtype":"${type}","shape":[${shape.join(",")}],"data_offsets":[,]},`.length +
    2 * offsetDigits;
  return stored(weights)
    .flatMap((tensor) => [tensor, ...tensor.companions])
    .reduce((sum, { name, type, shape }) => sum + entry(name, type, shape), 0);
}

describe("storeTensors", () => {
  // 688,586,727,753 bytes is what ollama's registry lists for the vendor's 163 files (deepseek-v3.1, 2025).
  test("fp8 with its block scales is the published checkpoint, less its file headers", () => {
    const published = 688_586_727_753;
    expect(total("fp8")).toBe(688_574_839_360);
    expect(published - total("fp8")).toBeGreaterThan(headerBytes("fp8", 8));
    expect(published - total("fp8")).toBeLessThan(headerBytes("fp8", 10));
  });

  test("a matrix that is no whole number of blocks has scales for the partial ones", () => {
    const kvA = stored("fp8").find((t) => t.name === "model.layers.0.self_attn.kv_a_proj_with_mqa.weight");
    expect(kvA?.shape).toEqual([576, 7168]);
    expect(kvA?.companions).toEqual([
      expect.objectContaining({ shape: [5, 56], type: "F32", bytes: 5 * 56 * 4 }),
    ]);
  });

  test("embedding, head, norms, router and the MTP projection stay 16-bit in fp8", () => {
    const types = new Map(stored("fp8").map((t) => [t.name, t.type]));
    for (const name of [
      "model.embed_tokens.weight",
      "lm_head.weight",
      "model.layers.5.mlp.gate.weight",
      "model.layers.5.input_layernorm.weight",
      "model.layers.61.eh_proj.weight",
    ])
      expect(types.get(name), name).toBe("BF16");
    expect(types.get("model.layers.5.mlp.gate.e_score_correction_bias")).toBe("F32");
    expect(types.get("model.layers.5.mlp.shared_experts.up_proj.weight")).toBe("F8_E4M3");
  });

  test("nvfp4 quantizes feed-forward layers only, and leaves the MTP layer alone", () => {
    const types = new Map(stored("nvfp4").map((t) => [t.name, t]));
    const expert = types.get("model.layers.3.mlp.experts.0.down_proj.weight");
    expect(expert?.shape).toEqual([7168, 1024]);
    expect(expert?.companions.map((c) => c.shape)).toEqual([[7168, 128], [], []]);
    expect(types.get("model.layers.3.self_attn.o_proj.weight")?.type).toBe("BF16");
    expect(types.get("model.layers.61.mlp.experts.0.down_proj.weight")?.type).toBe("BF16");
  });

  test("awq packs eight weights along the outputs", () => {
    const name = "model.layers.3.mlp.experts.0.up_proj.qweight";
    const up = stored("awq-int4").find((t) => t.name === name);
    expect(up?.shape).toEqual([7168, 256]);
    expect(up?.companions.map((c) => [c.shape, c.bytes])).toEqual([
      [[56, 256], 56 * 256 * 4],
      [[56, 2048], 56 * 2048 * 2],
    ]);
  });

  // mlx_lm.convert prints "Quantized model with 4.501 bits per weight" and alike: 4 bits and 32 / 64 more.
  test.each([
    ["mlx-3bit", 3.5],
    ["mlx-4bit", 4.5],
    ["mlx-5bit", 5.5],
    ["mlx-6bit", 6.5],
    ["mlx-8bit", 8.5],
  ])("%s takes %d bits a weight, scales and biases included", (weights, bits) => {
    const { total: bytes, parameters } = weightTotals(DEEPSEEK_V3, weights, { mtpLayer: false });
    expect((8 * bytes) / parameters).toBeGreaterThan(bits);
    expect((8 * bytes) / parameters).toBeLessThan(bits + 0.01);
  });

  test("mlx quantizes embedding and head too, and keeps the router in 16 bit", () => {
    const types = new Map(stored("mlx-4bit", false).map((t) => [t.name, t]));
    const embedding = types.get("model.embed_tokens.weight");
    expect(embedding?.shape).toEqual([129_280, (7168 * 4) / 32]);
    expect(embedding?.companions.map((c) => [c.name, c.shape, c.type])).toEqual([
      ["model.embed_tokens.scales", [129_280, 112], "BF16"],
      ["model.embed_tokens.biases", [129_280, 112], "BF16"],
    ]);
    expect(types.get("lm_head.weight")?.type).toBe("U32");
    expect(types.get("model.layers.5.mlp.gate.weight")?.type).toBe("BF16");
  });

  test.each(Object.keys(CHECKPOINT_FORMATS))("%s: sums by layer and group are the file", (weights) => {
    for (const mtpLayer of [false, true]) {
      const totals = weightTotals(DEEPSEEK_V3, weights, { mtpLayer });
      const layers = totals.layers.map((l) => {
        const { layer: _layer, kvUp: _up, kvUpElements: _elements, ...bytes } = l;
        return Object.values(bytes).reduce((sum, part) => sum + part, 0);
      });
      const ends = totals.embedding + totals.finalNorm + totals.output;
      expect(totals.total).toBe(total(weights, mtpLayer));
      expect(layers.reduce((sum, bytes) => sum + bytes, ends)).toBe(totals.total);
    }
  });

  test("an unknown format is an error, not zero", () => {
    expect(() => stored("int3")).toThrow(RangeError);
    expect(() => weightTotals(DEEPSEEK_V3, "gguf:Q4_K_M", { mtpLayer: false })).toThrow(RangeError);
  });
});
