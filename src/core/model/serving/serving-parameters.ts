/**
 * Every calibrated or assumed number of the serving model, in one place.
 *
 * `interval` is the 5-95 % bootstrap over layouts where the number was fitted; `restsOn` names the
 * records. A number that was never fitted is marked "assumed".
 */
import type { EstimateBasis } from "../../domain/provenance.ts";
import type { EngineId } from "../../domain/plan.ts";

export interface EngineServing {
  /** HTTP, tokenizer, scheduling, first flush; ms a request. */
  readonly requestMs: number;
  /** Decode steps before a new request is seen, per step of the scheduler interval. */
  readonly stepsPerInterval: number;
  readonly defaultInterval: number;
  /** The same on a decode instance behind a prefill pool; grows with load as C / (C + 16). */
  readonly handOverSteps: number;
  /** Routing and cache hand-over of a disaggregated service; ms a request. */
  readonly handOverMs: number;
  /** Further steps that data-parallel attention waits to balance its ranks. */
  readonly balancingSteps: number;
  /** The waiting steps grow with load as C / (C + 16) instead of being constant. */
  readonly growsWithLoad: boolean;
  readonly basis: EstimateBasis;
  readonly restsOn: string;
}

const SGLANG: EngineServing = {
  requestMs: 101,
  stepsPerInterval: 0.67,
  defaultInterval: 10,
  handOverSteps: 14,
  handOverMs: 116,
  balancingSteps: 0,
  growsWithLoad: false,
  basis: "calibrated",
  restsOn: "116 SGLang serving records of H200, B200, GB200, GB300; intervals 82-138 ms and 4.9-7.2 steps",
};

const TENSORRT_LLM: EngineServing = {
  requestMs: 91,
  stepsPerInterval: 15,
  defaultInterval: 1,
  handOverSteps: 9.7,
  handOverMs: 25,
  balancingSteps: 17,
  growsWithLoad: true,
  basis: "calibrated",
  restsOn: "145 TensorRT-LLM serving records of H100 to GB300; intervals 66-114 ms and 9-16.5 steps",
};

const ATOM: EngineServing = {
  requestMs: 39,
  stepsPerInterval: 1.3,
  defaultInterval: 1,
  handOverSteps: 9.7,
  handOverMs: 25,
  balancingSteps: 0,
  growsWithLoad: false,
  basis: "calibrated",
  restsOn: "209 ATOM records of eight MI355X; intervals 8-66 ms and 0-3.7 steps",
};

/** Engines of the same kind without records of their own: between the two that were fitted. */
const OTHER_SERVER: EngineServing = {
  requestMs: 95,
  stepsPerInterval: 2,
  defaultInterval: 1,
  handOverSteps: 12,
  handOverMs: 70,
  balancingSteps: 0,
  growsWithLoad: false,
  basis: "assumed",
  restsOn: "no fit: request cost between the fitted engines', one step of wait either side",
};

/** llama.cpp's kind: one process, no admission interval. */
const LOCAL: EngineServing = {
  requestMs: 20,
  stepsPerInterval: 0,
  defaultInterval: 1,
  handOverSteps: 0,
  handOverMs: 0,
  balancingSteps: 0,
  growsWithLoad: false,
  basis: "assumed",
  restsOn: "no record: a local HTTP request and tokenization",
};

/** Time to first token beyond prefill and queueing, by engine. */
export function engineServing(engine: EngineId): EngineServing {
  switch (engine) {
    case "sglang":
      return SGLANG;
    case "tensorrt-llm":
      return TENSORRT_LLM;
    case "atom":
      return ATOM;
    case "vllm":
    case "lmdeploy":
      return OTHER_SERVER;
    default:
      return LOCAL;
  }
}

/** Load at which half of the load-dependent wait is reached. */
export const HALF_WAIT_CONCURRENCY = 16;

/** Prompt tokens that engines put into one prefill batch where neither plan nor version says. */
export const DEFAULT_PREFILL_TOKENS = 8192;

/** Rate at which a prompt's cache moves from a prefill to a decode instance, bytes per ms. Assumed: half of a 400 Gb/s adapter. */
export const HAND_OVER_BYTES_PER_MS = 25e6;

/** A prefill pool above this share of its rate is saturated: the queue is what the clients leave over. */
export const SATURATED_SHARE = 0.98;
