import { describe, expect, test } from "vitest";
import { readDenseConfig } from "./dense-config.ts";
import { DENSE } from "./dense.fixture.ts";

const QWEN3_8B = {
  model_type: "qwen3",
  hidden_size: 4096,
  intermediate_size: 12288,
  num_hidden_layers: 36,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 128,
  vocab_size: 151936,
  max_position_embeddings: 40960,
  tie_word_embeddings: false,
};
const LLAMA = {
  ...QWEN3_8B,
  model_type: "llama",
  hidden_size: 3072,
  intermediate_size: 8192,
  num_hidden_layers: 28,
  num_attention_heads: 24,
  vocab_size: 128256,
  tie_word_embeddings: true,
  rope_scaling: { rope_type: "llama3", factor: 32 },
};

const problemOf = (config: unknown) => {
  const read = readDenseConfig(typeof config === "string" ? config : JSON.stringify(config));
  return read.ok ? undefined : `${read.error.path}: ${read.error.problem}`;
};

describe("readDenseConfig", () => {
  test("reads what its publisher writes", () => {
    expect(readDenseConfig(JSON.stringify(QWEN3_8B))).toEqual({ ok: true, value: DENSE["qwen3-8b"] });
    const llama = readDenseConfig(JSON.stringify(LLAMA));
    expect(llama.ok && llama.value).toEqual({ ...DENSE["llama-3.2-3b"], maxContextTokens: 40960 });
  });

  test.each([
    [{ ...QWEN3_8B, model_type: "qwen3_moe" }, "model_type: expected one of llama, mistral,"],
    [{ ...QWEN3_8B, num_experts: 128 }, "num_experts: is a mixture of experts; students are dense"],
    [
      { ...QWEN3_8B, hidden_size: "wide" },
      'hidden_size: expected a whole number from 1 to 131072, got "wide"',
    ],
    [{ ...QWEN3_8B, vocab_size: undefined }, "vocab_size: required, and missing"],
    [{ ...QWEN3_8B, num_key_value_heads: 7 }, "num_key_value_heads: must divide 32"],
    ["{", ": is no JSON"],
    ["[]", ": expected an object"],
  ])("names the field that it cannot take", (config, line) => {
    expect(problemOf(config)).toContain(line);
  });
});
