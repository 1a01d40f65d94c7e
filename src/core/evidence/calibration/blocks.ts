/** Which rows hold which parameters: fitted block by block, later blocks under the earlier ones' values. */
import { EARLY_BUILD, EARLY_PREFILL } from "../../model/serving/aged-model.ts";
import { SERVING } from "../../model/serving/serving-parameters.ts";
import { CDNA } from "../../model/ops/roofline-profile.ts";
import type { FittedParameter } from "../../model/fitted-parameter.ts";
import * as step from "../../model/step/parameters.ts";
import * as local from "../../model/step/sequential-parameters.ts";
import { RANDOM_PROMPT_ACCEPTANCE } from "../complete-plan.ts";
import type { CalibrationRow } from "./rows.ts";

export interface Block {
  readonly name: string;
  readonly parameters: readonly FittedParameter[];
  readonly takes: (row: CalibrationRow) => boolean;
}

const kind =
  (pattern: RegExp, ...kinds: readonly CalibrationRow["kind"][]) =>
  (row: CalibrationRow) =>
    pattern.test(row.className) && kinds.includes(row.kind);

const atom = (row: CalibrationRow) => row.completed.plan.engine === "atom";

export const BLOCKS: readonly Block[] = [
  {
    name: "decode steps of NVIDIA accelerators",
    parameters: [
      step.HOST_GAP_MS,
      step.DP_IMBALANCE,
      step.OLD_SOFTWARE,
      step.ALL_TO_ALL_LATENCY_MS,
      step.ALL_TO_ALL_EFFICIENCY,
    ],
    takes: kind(/^serving\/nvidia/, "tpot", "decode"),
  },
  {
    name: "time to first token on NVIDIA accelerators",
    parameters: [
      SERVING.sglangRequestMs,
      SERVING.sglangSteps,
      SERVING.sglangHandOverSteps,
      SERVING.sglangHandOverMs,
      SERVING.tensorrtRequestMs,
      SERVING.tensorrtSteps,
      SERVING.tensorrtHandOverSteps,
      SERVING.tensorrtHandOverMs,
      step.SGLANG_EAGER_PASS_MS,
      step.TENSORRT_EAGER_PASS_MS,
    ],
    takes: kind(/^serving\/nvidia/, "ttft"),
  },
  {
    name: "decode steps of MI355X",
    parameters: [CDNA.stepMs, CDNA.tokenLayerUs, RANDOM_PROMPT_ACCEPTANCE],
    takes: (row) => row.kind === "tpot" && atom(row),
  },
  {
    name: "time to first token on MI355X",
    parameters: [
      CDNA.prefillShare,
      CDNA.prefillStepMs,
      CDNA.fp4Gain,
      SERVING.atomRequestMs,
      SERVING.atomSteps,
    ],
    takes: (row) => row.kind === "ttft" && atom(row),
  },
  {
    name: "early serving builds",
    parameters: [EARLY_BUILD, EARLY_PREFILL],
    takes: kind(/^serving-early/, "tpot", "decode", "ttft"),
  },
  {
    name: "decode of full-size layers on one H200",
    parameters: [
      local.LAYER_LAUNCH_MS,
      local.GPU_READ_EFFICIENCY,
      local.EXTRA_SEQUENCE_MS,
      local.DEPTH_MS_PER_LAYER,
    ],
    takes: kind(/^slice/, "decode"),
  },
  {
    name: "prefill of full-size layers on one H200",
    parameters: [local.PREFILL_TOKEN_MS],
    takes: kind(/^slice/, "prefill"),
  },
  {
    name: "decode layer after layer",
    parameters: [
      local.OLD_LAYER_LAUNCH_MS,
      local.OLD_GPU_READ_EFFICIENCY,
      local.CPU_READ_EFFICIENCY,
      local.NAIVE_SECOND_SOCKET,
      local.CPU_TOKEN_MS,
      local.HYBRID_TOKEN_SHARE,
      local.CPU_DEPTH_MS,
    ],
    takes: kind(/^local/, "decode"),
  },
  {
    name: "prefill layer after layer",
    parameters: [
      local.COMPUTE_EXPONENT,
      local.EXPERT_STREAM_RATE,
      local.CPU_CORE_GFLOPS,
      local.PLAIN_CPU_GEMM,
      local.AMX_GEMM,
    ],
    takes: kind(/^local/, "prefill"),
  },
];
