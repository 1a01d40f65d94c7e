/**
 * Time of one forward pass of a serving engine on datacentre accelerators.
 *
 * Sums of operators: measured where the device has tables, a roofline with stated efficiencies
 * elsewhere, plus what lies between operators. docs/step-model.md has the equations and their errors.
 */
import type { Accelerator } from "../../domain/catalog.ts";
import { softest, type EstimateBasis } from "../../domain/provenance.ts";
import type { StepModel, StepModelInput } from "../../domain/step-model.ts";
import type { StepTime } from "../../domain/step.ts";
import { generationOf } from "../ops/roofline-profile.ts";
import { decodeBasis, describeStep } from "./describe-step.ts";
import type { GpuLayout } from "./gpu-layout.ts";
import type { GpuOperators } from "./gpu-operators.ts";
import { preparedOperators } from "./prepared-operators.ts";
import { GpuPass } from "./gpu-pass.ts";
import { chunkOfRank, defaultChunk } from "./engine-defaults.ts";
import {
  DP_IMBALANCE,
  OLD_SOFTWARE,
  OLD_SOFTWARE_BEFORE,
  OTHER_EAGER_PASS_MS,
  SGLANG_EAGER_PASS_MS,
  TENSORRT_EAGER_PASS_MS,
} from "./parameters.ts";
import { SLOT_COUNT } from "./slots.ts";

class GpuStepModel implements StepModel {
  readonly basis: EstimateBasis;
  private readonly pass: GpuPass;
  private readonly scratch = new Float64Array(SLOT_COUNT);

  constructor(pass: GpuPass, basis: EstimateBasis) {
    this.pass = pass;
    this.basis = basis;
  }

  decodeMs(batch: number, contextTokens: number): number {
    this.pass.decode(this.scratch, batch, contextTokens, false);
    return sum(this.scratch);
  }

  prefillMs(requests: number, newTokens: number, cachedTokens: number): number {
    this.pass.prefill(this.scratch, requests, newTokens, cachedTokens, false);
    return sum(this.scratch);
  }

  decode(batch: number, contextTokens: number): StepTime {
    return describeStep(this.pass, "decode", batch, contextTokens, 0, this.basis);
  }

  decodeBasis(batch: number, contextTokens: number): EstimateBasis {
    return decodeBasis(this.pass, batch, contextTokens, this.basis, this.scratch);
  }

  prefill(requests: number, newTokens: number, cachedTokens: number): StepTime {
    return describeStep(this.pass, "prefill", requests, newTokens, cachedTokens, this.basis);
  }
}

/**
 * How long a step takes on one instance of vLLM, SGLang, TensorRT-LLM, ATOM or LMDeploy.
 *
 *   decode = imbalance * age * (layers * operators(batch, context) + head + host gap)
 *
 * Per      instance; `batch` counts sequences over all of its ranks.
 * Leaves   out queueing, prefill that interrupts decode and accepted drafts: the serving model's.
 * Throws   RangeError without an accelerator or for a weight format that `knowsWeights` refuses.
 * Anchor   8 H200, FP8, SGLang, 64 sequences at 1536 tokens: gpu-step-model.test.ts.
 */
export function createGpuStepModel(input: StepModelInput): StepModel {
  const { accelerator } = input;
  if (accelerator === undefined) throw new RangeError("a GPU step model needs an accelerator");
  const { layout, operators } = preparedOperators(input, accelerator);
  const pass = new GpuPass(input.architecture, layout, operators, {
    decodeFactor: decodeFactor(input, accelerator, layout),
    chunkTokens: chunkTokens(input),
    eagerPassMs: eagerPassMs(input),
  });
  return new GpuStepModel(pass, modelBasis(operators));
}

function decodeFactor(input: StepModelInput, accelerator: Accelerator, layout: GpuLayout): number {
  const imbalance = layout.attentionDp > 1 ? DP_IMBALANCE.value : 1;
  const { date, version } = input.engineVersion;
  const old =
    date < OLD_SOFTWARE_BEFORE || (input.engine.id === "tensorrt-llm" && version.startsWith("1.1."));
  return imbalance * (old && generationOf(accelerator) === "blackwell" ? OLD_SOFTWARE.value : 1);
}

export function chunkTokens(input: StepModelInput): number {
  const { options, engine, engineVersion, accelerator, dpAttention } = input;
  const chunk = options.chunkedPrefill ?? defaultChunk(engineVersion.defaults, accelerator);
  return chunkOfRank(engine.id, chunk, dpAttention);
}

function eagerPassMs({ engine }: StepModelInput): number {
  if (engine.id === "sglang") return SGLANG_EAGER_PASS_MS.value;
  return (engine.id === "tensorrt-llm" ? TENSORRT_EAGER_PASS_MS : OTHER_EAGER_PASS_MS).value;
}

function modelBasis(operators: GpuOperators): EstimateBasis {
  return softest("calibrated", operators.experts.basis, operators.decodeCore.basis, operators.output.basis);
}

function sum(ms: Float64Array): number {
  let total = 0;
  for (let i = 0; i < SLOT_COUNT; i++) total += ms[i] as number;
  return total;
}
