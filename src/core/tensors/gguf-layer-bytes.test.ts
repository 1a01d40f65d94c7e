import { expect, test } from "vitest";
import { DEEPSEEK_V3 } from "./deepseek-v3.fixture.ts";
import { ggufLayerBytes } from "./gguf-layer-bytes.ts";
import { GGUF_FILE_TYPES, ggufFileType } from "./gguf-mixes.ts";
import { quantizeTensors } from "./quantize-tensors.ts";

const options = { imatrix: false, mtpLayer: false };

/** llama.cpp v0.5.0 reports 9,984,050,336 for the GPU buffer with --cpu-moe: these bytes, each tensor padded. */
test("Q4_K_M without embedding and routed experts fits llama.cpp's --cpu-moe buffer", () => {
  const { layers, output, outputNorm, tokenEmbedding, largestExpertTensor } = ggufLayerBytes(
    DEEPSEEK_V3,
    "Q4_K_M",
    options,
  );
  const onGpu = layers.reduce((sum, l) => sum + l.total - l.routedExperts, output + outputNorm);
  expect(onGpu).toBe(9_984_032_768);
  expect(9_984_050_336 - onGpu).toBeLessThan(1086 * 256);
  expect(tokenEmbedding).toBe(521_256_960);
  expect(largestExpertTensor).toBe(3_082_813_440);
});

test.each(GGUF_FILE_TYPES)("%s: blocks and ends add up to the file", (type) => {
  for (const mtpLayer of [false, true]) {
    const sums = ggufLayerBytes(DEEPSEEK_V3, type, { imatrix: true, mtpLayer });
    const file = quantizeTensors(DEEPSEEK_V3, type, { imatrix: true, mtpLayer });
    const whole = file.reduce<number>((sum, t) => sum + t.bytes, 0);
    const ends = sums.tokenEmbedding + sums.output + sums.outputNorm;
    expect(sums.layers.reduce((sum, l) => sum + l.total, ends)).toBe(whole);
    expect(sums.total).toBe(whole);
    expect(sums.layers.length).toBe(mtpLayer ? 62 : 61);
  }
});

test("weights ids name file types", () => {
  expect(ggufFileType("gguf:Q4_K_M")).toBe("Q4_K_M");
  expect(ggufFileType("gguf:custom")).toBeNull();
  expect(ggufFileType("gguf:toString")).toBeNull();
});
