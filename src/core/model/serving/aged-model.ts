/** Serving engines in their first months with this model: every step took a multiple of today's time. */
import type { StepModel } from "../../domain/step-model.ts";
import type { StepTime } from "../../domain/step.ts";
import { fitted } from "../fitted-parameter.ts";

/** Builds before this month ran MLA and MoE without tuned kernels and decode graphs. */
export const EARLY_BUILDS_BEFORE = "2025-05";
/** 80 % of its records lie within 1.6 and 3.3. */
export const EARLY_BUILD = fitted("earlyBuild", {
  unit: "factor on any step",
  meaning: "serving engines before their kernels for this model were tuned, against later builds",
  start: 2.3,
  bounds: [1.1, 5],
});

/** The same of a prefill pass: attention over expanded keys was what those builds had least. */
export const EARLY_PREFILL = fitted("earlyPrefill", {
  unit: "factor on a prefill pass",
  meaning: "serving engines before their kernels for this model were tuned, against later builds",
  start: 2.3,
  bounds: [1.1, 10],
});

/** llama.cpp on GPUs before it could run MLA on the compressed cache and route experts on the device. */
export const EARLY_LAYER_BUILDS_BEFORE = "2025-03";
/** Seven records of A100, H100 and RTX 3090 boxes of January and February 2025 take 3.2 to 4.3 times; suspect.json names them, so no fit has them. */
export const EARLY_LAYER_BUILD = 3.8;

/** How many times as long a step takes as in later builds. */
export interface Ages {
  readonly decode: number;
  readonly prefill: number;
}

/** A step model whose every operator takes so many times as long. */
export function agedModel(model: StepModel, { decode, prefill }: Ages): StepModel {
  const aged = (step: StepTime, factor: number): StepTime => ({
    ...step,
    totalMs: step.totalMs * factor,
    operators: step.operators.map((o) => ({ ...o, ms: o.ms * factor })),
    basis: "extrapolated",
  });
  return {
    basis: "extrapolated",
    decodeMs: (batch, context) => decode * model.decodeMs(batch, context),
    prefillMs: (requests, fresh, cached) => prefill * model.prefillMs(requests, fresh, cached),
    decode: (batch, context) => aged(model.decode(batch, context), decode),
    prefill: (requests, fresh, cached) => aged(model.prefill(requests, fresh, cached), prefill),
  };
}
