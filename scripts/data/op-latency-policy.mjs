/**
 * Which measured tables are trusted for which operation, by hardware generation.
 *
 * The best kernel that any trusted engine shows is taken: deployments pick the best backend, and most
 * table errors are upward (eager launches, missing graphs). What is refused and why stands in
 * DISTRUSTED and is written to OUTLIERS.json.
 */

/** File in the raw folder, catalog id, generation, and datasheet peaks for the physics check. */
export const DEVICES = [
  {
    file: "a100_sxm",
    id: "a100-80-sxm",
    generation: "ampere",
    gbPerSecond: 2039,
    tflops: { bf16: 312, int8: 624 },
  },
  {
    file: "h100_sxm",
    id: "h100-sxm",
    generation: "hopper",
    gbPerSecond: 3350,
    tflops: { bf16: 989, fp8: 1979 },
  },
  {
    file: "h200_sxm",
    id: "h200-sxm",
    generation: "hopper",
    gbPerSecond: 4800,
    tflops: { bf16: 989, fp8: 1979 },
  },
  {
    file: "b200_sxm",
    id: "b200-sxm",
    generation: "blackwell",
    gbPerSecond: 8000,
    tflops: { bf16: 2250, fp8: 4500, nvfp4: 9000 },
  },
  {
    file: "b300_sxm",
    id: "b300-sxm",
    generation: "blackwell",
    gbPerSecond: 8000,
    tflops: { bf16: 2500, fp8: 5000, nvfp4: 15000 },
  },
  {
    file: "gb200",
    id: "gb200",
    generation: "blackwell",
    gbPerSecond: 8000,
    tflops: { bf16: 2500, fp8: 5000, nvfp4: 10000 },
  },
  {
    file: "gb300",
    id: "gb300",
    generation: "blackwell",
    gbPerSecond: 8000,
    tflops: { bf16: 2500, fp8: 5000, nvfp4: 15000 },
  },
  { file: "l40s", id: "l40s", generation: "ada", gbPerSecond: 864, tflops: { bf16: 362, fp8: 733 } },
  {
    file: "rtx_pro_6000_server",
    id: "rtx-pro-6000",
    generation: "workstation",
    gbPerSecond: 1600,
    tflops: { bf16: 504, fp8: 1008, nvfp4: 2015 },
  },
];

const SGLANG = (version) => ["sglang", version];
const TRTLLM = (version) => ["trtllm", version];

/** dtype in our words → dtype column of the raw tables. */
export const RAW_DTYPE = {
  bf16: "bfloat16",
  fp8: "fp8_block",
  nvfp4: "nvfp4",
  int4: "int4_wo",
  int8: "int8_wo",
};

const HOPPER_GEMM = [SGLANG("0.5.14"), TRTLLM("1.3.0rc20")];

export const GEMM = {
  ampere: {
    bf16: [SGLANG("0.5.10"), TRTLLM("1.0.0")],
    int4: [TRTLLM("1.0.0")],
  },
  ada: { bf16: [SGLANG("0.5.14"), TRTLLM("1.3.0rc20")], fp8: [TRTLLM("1.3.0rc20"), TRTLLM("1.3.0rc15")] },
  hopper: { bf16: HOPPER_GEMM, fp8: HOPPER_GEMM, int4: [TRTLLM("1.2.0rc5")] },
  blackwell: {
    bf16: [SGLANG("0.5.14"), TRTLLM("1.3.0rc20")],
    fp8: [TRTLLM("1.3.0rc20")],
    nvfp4: [SGLANG("0.5.14")],
  },
  workstation: {
    bf16: [SGLANG("0.5.14"), TRTLLM("1.3.0rc20")],
    fp8: [TRTLLM("1.3.0rc20")],
    nvfp4: [SGLANG("0.5.14"), TRTLLM("1.3.0rc20")],
  },
};

/** Routed experts: per dtype a list of { engine, tables }. */
const MOE_BF16 = [SGLANG("0.5.9"), SGLANG("0.5.10"), TRTLLM("1.3.0rc10")];
const MOE_INT4 = [SGLANG("0.5.9"), SGLANG("0.5.10"), ["vllm", "0.19.0"]];
const MOE_NVFP4 = [SGLANG("0.5.10"), SGLANG("0.5.14"), TRTLLM("1.3.0rc10"), TRTLLM("1.3.0rc20")];

export const MOE = {
  ampere: {
    bf16: [{ engine: "any", tables: [SGLANG("0.5.10"), TRTLLM("1.0.0")] }],
    int4: [{ engine: "any", tables: [SGLANG("0.5.10")] }],
  },
  ada: {
    bf16: [{ engine: "any", tables: [SGLANG("0.5.10")] }],
    fp8: [{ engine: "any", tables: [["vllm", "0.24.0"]] }],
    int4: [{ engine: "any", tables: [SGLANG("0.5.10")] }],
  },
  hopper: {
    bf16: [{ engine: "any", tables: MOE_BF16 }],
    int4: [{ engine: "any", tables: MOE_INT4 }],
    fp8: [
      { engine: "sglang", tables: [SGLANG("0.5.9"), SGLANG("0.5.14")] },
      { engine: "tensorrt-llm", tables: [TRTLLM("1.2.0rc5")], prefillMinOfTpAndEp: true },
      // experts spread over nodes run with a load balancer: equal loads, expert TP 1
      { engine: "balanced", tables: [SGLANG("0.5.9"), TRTLLM("1.2.0rc5")], routing: "balanced", tp: [1] },
    ],
  },
  blackwell: {
    bf16: [{ engine: "any", tables: MOE_BF16 }],
    int4: [{ engine: "any", tables: MOE_INT4 }],
    fp8: [{ engine: "any", tables: [SGLANG("0.5.14"), TRTLLM("1.3.0rc20")] }],
    nvfp4: [{ engine: "any", tables: MOE_NVFP4 }],
  },
  workstation: {
    bf16: [{ engine: "any", tables: [SGLANG("0.5.10"), TRTLLM("1.3.0rc10")] }],
    int4: [{ engine: "any", tables: [SGLANG("0.5.10"), ["vllm", "0.19.0"]] }],
    fp8: [{ engine: "any", tables: [SGLANG("0.5.14"), TRTLLM("1.3.0rc20")] }],
    nvfp4: [{ engine: "any", tables: [SGLANG("0.5.14"), TRTLLM("1.3.0rc10"), TRTLLM("1.3.0rc20")] }],
  },
};

/** Attention cores, [engine, version, cache dtype of the raw table]. */
export const MLA_DECODE = {
  ampere: { bf16: [["trtllm", "1.0.0", "bfloat16"]] },
  ada: {
    bf16: [
      ["trtllm", "1.0.0", "bfloat16"],
      ["sglang", "0.5.14", "bfloat16"],
    ],
    fp8: [["trtllm", "1.0.0", "fp8"]],
  },
  hopper: {
    bf16: [
      ["sglang", "0.5.9", "bfloat16"],
      ["trtllm", "1.3.0rc10", "bfloat16"],
    ],
    fp8: [["trtllm", "1.3.0rc10", "fp8"]],
  },
  blackwell: {
    bf16: [
      ["sglang", "0.5.9", "bfloat16"],
      ["trtllm", "1.3.0rc10", "bfloat16"],
    ],
    fp8: [
      ["sglang", "0.5.9", "fp8"],
      ["trtllm", "1.3.0rc10", "fp8"],
    ],
  },
  workstation: {
    bf16: [
      ["trtllm", "1.3.0rc20", "bfloat16"],
      ["trtllm", "1.3.0rc10", "bfloat16"],
    ],
    fp8: [
      ["trtllm", "1.3.0rc20", "fp8"],
      ["trtllm", "1.3.0rc10", "fp8"],
    ],
  },
};

const BOTH = (engine, version) => [
  [engine, version, "bfloat16"],
  [engine, version, "fp8"],
];

export const MLA_PREFILL = {
  ampere: BOTH("trtllm", "1.0.0"),
  ada: BOTH("trtllm", "1.0.0"),
  hopper: [...BOTH("trtllm", "1.3.0rc10"), ...BOTH("trtllm", "1.3.0rc20")],
  blackwell: [...BOTH("trtllm", "1.3.0rc10"), ...BOTH("trtllm", "1.3.0rc20"), ...BOTH("sglang", "0.5.14")],
  workstation: [...BOTH("trtllm", "1.3.0rc10"), ...BOTH("trtllm", "1.3.0rc20")],
};

/** Whole tables that are refused. `floorUs` is computed and added by the script where it can be. */
export const DISTRUSTED = [
  {
    op: "gemm_perf",
    engine: "vllm",
    dtype: "fp8_block",
    except: ["0.19.0"],
    reason: "floor far above the transfer time at any m: an eager launch was timed",
  },
  {
    op: "gemm_perf",
    engine: "sglang",
    dtype: "fp8_block",
    generations: ["blackwell"],
    reason: "floor two to four times that of the best kernel on the same device",
  },
  {
    op: "generation_mla_perf",
    engine: "vllm",
    versions: ["0.14.0"],
    reason: "floor at batch 1 several times that of other engines: eager launch",
  },
  {
    op: "generation_mla_perf",
    engine: "sglang",
    cache: "fp8",
    generations: ["hopper"],
    reason:
      "four times slower with an FP8 cache than with BF16, which reads twice the bytes: a fallback kernel",
  },
  {
    op: "context_mla_perf",
    engine: "sglang",
    generations: ["hopper"],
    reason: "three times the FLOP time of the expanded form: probably the absorbed form was timed",
  },
  {
    op: "mla_generation_module_perf",
    engine: "vllm",
    reason: "floor at batch 1 above the sum of its parts; the sum is used instead",
  },
  {
    op: "mla_context_module_perf",
    engine: "vllm",
    reason: "modules are not used; the sum of their parts is",
  },
  {
    op: "moe_perf",
    engine: "trtllm",
    versions: ["1.2.0rc5", "1.3.0rc10", "1.3.0rc15"],
    dtype: "fp8_block",
    generations: ["blackwell"],
    reason: "most layouts missing before 1.3.0rc20",
  },
  { op: "wideep_context_moe_perf", reason: "meaning of the token axis is not settled" },
  { op: "wideep_generation_moe_perf", reason: "meaning of the token axis is not settled" },
  { op: "wideep_moe_perf", reason: "meaning of the token axis is not settled" },
  { op: "trtllm_alltoall_perf", reason: "its token and rank columns are absent" },
  {
    op: "custom_allreduce_perf",
    eager: true,
    reason: "the eager variants time launches; decode replays graphs",
  },
];
