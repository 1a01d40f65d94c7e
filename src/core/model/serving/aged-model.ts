/** Serving engines in their first months with this model: every step took a multiple of today's time. */
import type { StepModel } from "../../domain/step-model.ts";
import type { StepTime } from "../../domain/step.ts";

/** Builds before this month ran MLA and MoE without tuned kernels and decode graphs. */
export const EARLY_BUILDS_BEFORE = "2025-05";
/**
 * Time of a step against that of later builds. Calibrated: 45 closed-loop records of MI300X and H200
 * under vLLM, SGLang and TensorRT-LLM of March 2025 (80 % of them within 1.6 and 3.3); A100 and H100
 * records of early 2025 agree within that.
 */
export const EARLY_BUILD = 2.3;

/** llama.cpp on GPUs before it could run MLA on the compressed cache and route experts on the device. */
export const EARLY_LAYER_BUILDS_BEFORE = "2025-03";
/** Calibrated: seven records of A100, H100 and RTX 3090 boxes of January and February 2025, 3.2 to 4.3. */
export const EARLY_LAYER_BUILD = 3.8;

/** A step model whose every operator takes `factor` times as long. */
export function agedModel(model: StepModel, factor: number): StepModel {
  const aged = (step: StepTime): StepTime => ({
    ...step,
    totalMs: step.totalMs * factor,
    operators: step.operators.map((o) => ({ ...o, ms: o.ms * factor })),
    basis: "extrapolated",
  });
  return {
    basis: "extrapolated",
    decodeMs: (batch, context) => factor * model.decodeMs(batch, context),
    prefillMs: (requests, fresh, cached) => factor * model.prefillMs(requests, fresh, cached),
    decode: (batch, context) => aged(model.decode(batch, context)),
    prefill: (requests, fresh, cached) => aged(model.prefill(requests, fresh, cached)),
  };
}
