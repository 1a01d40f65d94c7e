import { describe, expect, it } from "vitest";
import type { FamilyMember } from "../../domain/model-file.ts";
import type { GgufValue } from "../../domain/gguf-file.ts";
import { DEEPSEEK_V3 } from "../deepseek-v3.fixture.ts";
import { storeTensors } from "../store-tensors.ts";
import { readConfig } from "./read-config.ts";
import { readGgufModel } from "./read-gguf-model.ts";
import { readIndex } from "./read-index.ts";
import { repositoryName } from "./repository-name.ts";

const member = (id: string, name: string, repository: string): FamilyMember => ({
  ...{ id, name, repositories: [repository] },
  architecture: DEEPSEEK_V3,
});
const FAMILY: readonly FamilyMember[] = [
  member("deepseek-v3", "DeepSeek-V3", "deepseek-ai/DeepSeek-V3"),
  member("deepseek-r1", "DeepSeek-R1", "deepseek-ai/DeepSeek-R1"),
  {
    ...member("deepseek-v3.2", "DeepSeek-V3.2", "deepseek-ai/DeepSeek-V3.2"),
    architecture: { ...DEEPSEEK_V3, indexer: { headCount: 64, headDim: 128, attendedTokens: 2048 } },
  },
];

const CONFIG = {
  model_type: "deepseek_v3",
  hidden_size: 7168,
  vocab_size: 129280,
  num_hidden_layers: 61,
  first_k_dense_replace: 3,
  intermediate_size: 18432,
  moe_intermediate_size: 2048,
  n_routed_experts: 256,
  n_shared_experts: 1,
  num_experts_per_tok: 8,
  num_attention_heads: 128,
  q_lora_rank: 1536,
  kv_lora_rank: 512,
  qk_rope_head_dim: 64,
  qk_nope_head_dim: 128,
  v_head_dim: 128,
  num_nextn_predict_layers: 1,
  max_position_embeddings: 163840,
  quantization_config: { quant_method: "fp8", fmt: "e4m3", weight_block_size: [128, 128] },
};

const config = (change: object) => readConfig(JSON.stringify({ ...CONFIG, ...change }), FAMILY);

describe("readConfig", () => {
  it("knows the family, the format and the MTP layer", () => {
    expect(config({})).toMatchObject({
      ok: true,
      value: {
        models: ["deepseek-v3", "deepseek-r1"],
        named: false,
        weights: "fp8",
        mtpLayer: true,
        remarks: [],
      },
    });
  });

  it("knows a model by its repository, and keeps a fine-tune's own", () => {
    expect(config({ _name_or_path: "deepseek-ai/DeepSeek-R1" })).toMatchObject({
      value: { models: ["deepseek-r1", "deepseek-v3"], named: true },
    });
    expect(config({ _name_or_path: "someone/My-R1-Tune" })).toMatchObject({
      value: { named: false, repository: "someone/My-R1-Tune" },
    });
    expect(config({ _name_or_path: "/home/me/$(id)" })).toMatchObject({ value: { repository: null } });
  });

  it("tells formats apart, and says when it does not know one", () => {
    const weights = (change: object) => {
      const read = config(change);
      return read.ok ? [read.value.weights, read.value.remarks.length] : read.error;
    };
    expect(weights({ quantization_config: undefined, torch_dtype: "bfloat16" })).toEqual(["bf16", 0]);
    expect(weights({ quantization_config: { quant_method: "awq", bits: 4 } })).toEqual(["awq-int4", 0]);
    expect(weights({ quantization_config: { quant_method: "modelopt", quant_algo: "NVFP4" } })).toEqual([
      "nvfp4",
      0,
    ]);
    expect(weights({ quantization_config: { quant_method: "gptq", bits: 3 } })).toEqual([null, 1]);
    expect(weights({ max_position_embeddings: 4096 })).toEqual(["fp8", 1]);
  });

  it("knows sparse attention by its indexer", () => {
    const sparse = { model_type: "deepseek_v32", index_n_heads: 64, index_head_dim: 128, index_topk: 2048 };
    expect(config(sparse)).toMatchObject({ value: { models: ["deepseek-v3.2"] } });
    expect(config({ ...sparse, index_topk: 512 })).toMatchObject({
      ok: false,
      error: { path: "index_topk" },
    });
  });

  it.each([
    [{ model_type: "llama" }, "model_type"],
    [{ model_type: undefined }, "model_type"],
    [{ n_routed_experts: 384 }, "n_routed_experts"],
    [{ num_hidden_layers: 27 }, "num_hidden_layers"],
    [{ vocab_size: "129280" }, "vocab_size"],
    [{ q_lora_rank: null }, "q_lora_rank"],
    [{ num_nextn_predict_layers: 3 }, "num_nextn_predict_layers"],
  ])("refuses %j at its field", (change, path) => {
    expect(config(change)).toMatchObject({ ok: false, error: { path } });
  });

  it("refuses what is no configuration", () => {
    for (const text of ["", "[]", "null", "3", '"x"', "{", "{}"]) {
      expect(readConfig(text, FAMILY).ok).toBe(false);
    }
  });
});

describe("readIndex", () => {
  /** The family's names on fewer layers and experts: the whole has 92,000 tensors. */
  const SMALL = { ...DEEPSEEK_V3, layerCount: 5, routedExpertCount: 16 };
  const SMALL_FAMILY = FAMILY.map((of) => ({ ...of, architecture: { ...of.architecture, ...SMALL } }));
  const index = (
    weights: string,
    mtpLayer: boolean,
    change: (name: string) => string | null = (name) => name,
  ) => {
    const stored = storeTensors(SMALL, weights, { mtpLayer });
    const all = stored.flatMap(({ name, companions }) => [name, ...companions.map((of) => of.name)]);
    const names = all.map(change).filter((name) => name !== null);
    const total_size = stored.reduce(
      (sum, { bytes, companions }) => sum + bytes + companions.reduce((more, of) => more + of.bytes, 0),
      0,
    );
    const weight_map = Object.fromEntries(names.map((name) => [name, "model-00001-of-00163.safetensors"]));
    return readIndex(JSON.stringify({ metadata: { total_size }, weight_map }), SMALL_FAMILY);
  };

  it("knows the format by its scales", () => {
    const formatOf = (weights: string, mtpLayer: boolean) => {
      const read = index(weights, mtpLayer);
      return read.ok ? [read.value.weights, read.value.mtpLayer, read.value.remarks] : read.error;
    };
    for (const weights of ["bf16", "fp8", "int8", "w4afp8", "nvfp4", "mxfp4"]) {
      expect(formatOf(weights, true)).toEqual([weights, true, []]);
    }
    expect(formatOf("awq-int4", false)).toEqual(["awq-int4", false, []]);
  });

  it("refuses other layers and experts with their path", () => {
    expect(index("fp8", true, (name) => name.replace(".layers.4.", ".layers.99."))).toMatchObject({
      ok: false,
      error: { path: "weight_map.model.layers" },
    });
    expect(index("fp8", true, (name) => (/experts\.15\./.test(name) ? null : name))).toMatchObject({
      ok: false,
      error: { path: "weight_map.model.layers.3.mlp.experts" },
    });
    expect(readIndex('{"weight_map":{"a":"b"}}', FAMILY)).toMatchObject({ error: { path: "weight_map" } });
    expect(readIndex("{}", FAMILY)).toMatchObject({ error: { path: "weight_map" } });
  });
});

describe("readGgufModel", () => {
  const read = (fields: Readonly<Record<string, GgufValue>>, index?: number) =>
    readGgufModel(
      {
        name: "m.gguf",
        fields: new Map(Object.entries({ "general.architecture": "deepseek2", ...fields })),
        split: index === undefined ? null : { index, count: 3, tensors: 9 },
      },
      FAMILY,
    );

  it("knows model, MTP layer and repository", () => {
    expect(
      read({
        "general.name": "DeepSeek R1",
        "deepseek2.block_count": 62,
        "deepseek2.expert_count": 256,
        "general.source.repo_url": "https://huggingface.co/someone/tune",
      }),
    ).toMatchObject({
      value: { models: ["deepseek-r1", "deepseek-v3"], mtpLayer: true, repository: "someone/tune" },
    });
  });

  it("refuses other shapes with the field's path", () => {
    expect(read({ "deepseek2.expert_count": 64 })).toMatchObject({
      error: { path: "deepseek2.expert_count" },
    });
    expect(read({ "deepseek2.block_count": 27 })).toMatchObject({ error: { path: "deepseek2.block_count" } });
    expect(read({ "general.architecture": "llama" })).toMatchObject({
      error: { path: "general.architecture" },
    });
    const rest = readGgufModel(
      { name: "m.gguf", fields: new Map(), split: { index: 2, count: 3, tensors: 9 } },
      FAMILY,
    );
    expect(rest).toMatchObject({ error: { path: "m.gguf" } });
  });
});

describe("repositoryName", () => {
  it("takes owner and name, and nothing that a shell or a path could mistake", () => {
    expect(repositoryName("deepseek-ai/DeepSeek-V3")).toBe("deepseek-ai/DeepSeek-V3");
    expect(repositoryName("https://huggingface.co/a/b.c_d")).toBe("a/b.c_d");
    for (const text of [
      "a",
      "a/b/c",
      "../b",
      "a/..",
      "a/b;id",
      "a/$(id)",
      "a b/c",
      "-a/b",
      "a/b-",
      "a--b/c",
      3,
      null,
      "http://x/a/b",
    ])
      expect(repositoryName(text)).toBe(null);
  });
});
