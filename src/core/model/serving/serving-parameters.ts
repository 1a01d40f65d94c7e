/** Every calibrated or assumed number of the serving model, in one place. */
import type { EstimateBasis } from "../../domain/provenance.ts";
import type { EngineId } from "../../domain/plan.ts";
import { fitted } from "../fitted-parameter.ts";

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

/** What `npm run calibrate` fits, by engine. */
export const SERVING = {
  sglangRequestMs: fitted("sglangRequestMs", {
    unit: "ms a request",
    meaning: "HTTP, tokenizer, scheduling, first flush under SGLang",
    start: 100,
    bounds: [5, 400],
  }),
  sglangStepsPerInterval: fitted("sglangStepsPerInterval", {
    unit: "decode steps",
    meaning: "wait of a new request for each step of the scheduler interval under SGLang",
    start: 0.67,
    bounds: [0.1, 3],
  }),
  sglangHandOverSteps: fitted("sglangHandOverSteps", {
    unit: "decode steps",
    meaning: "wait on a decode instance behind a prefill pool under SGLang",
    start: 14,
    bounds: [1, 60],
  }),
  sglangHandOverMs: fitted("sglangHandOverMs", {
    unit: "ms a request",
    meaning: "routing and cache hand-over under SGLang",
    start: 116,
    bounds: [5, 500],
  }),
  tensorrtRequestMs: fitted("tensorrtRequestMs", {
    unit: "ms a request",
    meaning: "HTTP, tokenizer, scheduling, first flush under TensorRT-LLM",
    start: 91,
    bounds: [5, 400],
  }),
  tensorrtSteps: fitted("tensorrtSteps", {
    unit: "decode steps",
    meaning: "wait of a new request under TensorRT-LLM",
    start: 15,
    bounds: [1, 60],
  }),
  tensorrtHandOverSteps: fitted("tensorrtHandOverSteps", {
    unit: "decode steps",
    meaning: "wait on a decode instance behind a prefill pool under TensorRT-LLM",
    start: 9.7,
    bounds: [1, 60],
  }),
  tensorrtHandOverMs: fitted("tensorrtHandOverMs", {
    unit: "ms a request",
    meaning: "routing and cache hand-over under TensorRT-LLM",
    start: 25,
    bounds: [5, 500],
  }),
  tensorrtBalancingSteps: fitted("tensorrtBalancingSteps", {
    unit: "decode steps",
    meaning: "further wait to balance the ranks of data-parallel attention under TensorRT-LLM",
    start: 17,
    bounds: [1, 60],
  }),
  atomRequestMs: fitted("atomRequestMs", {
    unit: "ms a request",
    meaning: "HTTP, tokenizer, scheduling, first flush under ATOM",
    start: 39,
    bounds: [5, 400],
  }),
  atomSteps: fitted("atomSteps", {
    unit: "decode steps",
    meaning: "wait of a new request under ATOM",
    start: 1.3,
    bounds: [0.1, 20],
  }),
} as const;

const SGLANG: EngineServing = {
  get requestMs() {
    return SERVING.sglangRequestMs.value;
  },
  get stepsPerInterval() {
    return SERVING.sglangStepsPerInterval.value;
  },
  defaultInterval: 10,
  get handOverSteps() {
    return SERVING.sglangHandOverSteps.value;
  },
  get handOverMs() {
    return SERVING.sglangHandOverMs.value;
  },
  balancingSteps: 0,
  growsWithLoad: false,
  basis: "calibrated",
  restsOn: "SGLang serving records of H200, B200, GB200, GB300",
};

const TENSORRT_LLM: EngineServing = {
  get requestMs() {
    return SERVING.tensorrtRequestMs.value;
  },
  get stepsPerInterval() {
    return SERVING.tensorrtSteps.value;
  },
  defaultInterval: 1,
  get handOverSteps() {
    return SERVING.tensorrtHandOverSteps.value;
  },
  get handOverMs() {
    return SERVING.tensorrtHandOverMs.value;
  },
  get balancingSteps() {
    return SERVING.tensorrtBalancingSteps.value;
  },
  growsWithLoad: true,
  basis: "calibrated",
  restsOn: "TensorRT-LLM serving records of H100 to GB300",
};

const ATOM: EngineServing = {
  get requestMs() {
    return SERVING.atomRequestMs.value;
  },
  get stepsPerInterval() {
    return SERVING.atomSteps.value;
  },
  defaultInterval: 1,
  handOverSteps: 9.7,
  handOverMs: 25,
  balancingSteps: 0,
  growsWithLoad: false,
  basis: "calibrated",
  restsOn: "ATOM records of eight MI355X; disaggregation as under TensorRT-LLM, assumed",
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
