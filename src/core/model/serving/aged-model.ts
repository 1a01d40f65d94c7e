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
