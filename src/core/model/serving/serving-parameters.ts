/** Every calibrated or assumed number of the serving model, in one place. */
import type { EstimateBasis } from "../../domain/provenance.ts";
import type { EngineId } from "../../domain/plan.ts";
import { fitted } from "../fitted-parameter.ts";

export interface EngineServing {
  /** HTTP, tokenizer, scheduling, first flush; ms a request. */
  readonly requestMs: number;
  readonly defaultInterval: number;
  /** Decode steps until a first token is out, whatever the interval. */
  readonly delaySteps: number;
  /** The same on a decode instance behind a prefill pool; grows with the C clients of one instance as C / (C + 16). */
  readonly handOverSteps: number;
  /** Routing and cache hand-over of a disaggregated service; ms a request. */
  readonly handOverMs: number;
  readonly basis: EstimateBasis;
  readonly restsOn: string;
}

/** What `npm run calibrate` fits, by engine. */
export const SERVING = {
  sglangRequestMs: fitted("sglangRequestMs", {
    unit: "ms a request",
    meaning: "HTTP, tokenizer, scheduling, first flush under SGLang",
    start: 80,
    bounds: [5, 400],
  }),
  sglangSteps: fitted("sglangSteps", {
    unit: "decode steps",
    meaning: "steps until a first token is out under SGLang, beside half an interval of its scheduler",
    start: 4,
    bounds: [0.5, 30],
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
    start: 60,
    bounds: [5, 500],
  }),
  tensorrtRequestMs: fitted("tensorrtRequestMs", {
    unit: "ms a request",
    meaning: "HTTP, tokenizer, scheduling, first flush under TensorRT-LLM",
    start: 80,
    bounds: [5, 400],
  }),
  tensorrtSteps: fitted("tensorrtSteps", {
    unit: "decode steps",
    meaning: "steps until a first token is out under TensorRT-LLM",
    start: 4,
    bounds: [0.5, 60],
  }),
  tensorrtHandOverSteps: fitted("tensorrtHandOverSteps", {
    unit: "decode steps",
    meaning: "wait on a decode instance behind a prefill pool under TensorRT-LLM",
    start: 14,
    bounds: [1, 60],
  }),
  tensorrtHandOverMs: fitted("tensorrtHandOverMs", {
    unit: "ms a request",
    meaning: "routing and cache hand-over under TensorRT-LLM",
    start: 25,
    bounds: [5, 500],
  }),
  atomRequestMs: fitted("atomRequestMs", {
    unit: "ms a request",
    meaning: "HTTP, tokenizer, scheduling, first flush under ATOM",
    start: 39,
    bounds: [5, 400],
  }),
  atomSteps: fitted("atomSteps", {
    unit: "decode steps",
    meaning: "steps until a first token is out under ATOM",
    start: 1.3,
    bounds: [0.1, 20],
  }),
} as const;

/**
 * Steps that a new request waits for each step between two looks at the line: half. A fit of it on SGLang's
 * intervals of 1, 10 and 30 gave 0.504, 5 to 95 % 0.473 to 0.601.
 */
export const STEPS_PER_INTERVAL = 0.5;

const SGLANG: EngineServing = {
  get requestMs() {
    return SERVING.sglangRequestMs.value;
  },
  defaultInterval: 1,
  get delaySteps() {
    return SERVING.sglangSteps.value;
  },
  get handOverSteps() {
    return SERVING.sglangHandOverSteps.value;
  },
  get handOverMs() {
    return SERVING.sglangHandOverMs.value;
  },
  basis: "calibrated",
  restsOn: "SGLang serving records of H200, B200, GB200, GB300",
};

const TENSORRT_LLM: EngineServing = {
  get requestMs() {
    return SERVING.tensorrtRequestMs.value;
  },
  defaultInterval: 1,
  get delaySteps() {
    return SERVING.tensorrtSteps.value;
  },
  get handOverSteps() {
    return SERVING.tensorrtHandOverSteps.value;
  },
  get handOverMs() {
    return SERVING.tensorrtHandOverMs.value;
  },
  basis: "calibrated",
  restsOn: "TensorRT-LLM serving records of H100 to GB300",
};

const ATOM: EngineServing = {
  get requestMs() {
    return SERVING.atomRequestMs.value;
  },
  defaultInterval: 1,
  get delaySteps() {
    return SERVING.atomSteps.value;
  },
  get handOverSteps() {
    return TENSORRT_LLM.handOverSteps;
  },
  get handOverMs() {
    return TENSORRT_LLM.handOverMs;
  },
  basis: "calibrated",
  restsOn: "ATOM records of eight MI355X; disaggregation as under TensorRT-LLM, assumed",
};

const between = (of: (engine: EngineServing) => number): number => (of(SGLANG) + of(TENSORRT_LLM)) / 2;

/** Engines of the same kind without records of their own: halfway between SGLang and TensorRT-LLM. */
const OTHER_SERVER: EngineServing = {
  get requestMs() {
    return between((engine) => engine.requestMs);
  },
  defaultInterval: 1,
  get delaySteps() {
    return between((engine) => engine.delaySteps);
  },
  get handOverSteps() {
    return between((engine) => engine.handOverSteps);
  },
  get handOverMs() {
    return between((engine) => engine.handOverMs);
  },
  basis: "assumed",
  restsOn: "no fit: the mean of SGLang's and TensorRT-LLM's",
};

/** llama.cpp's kind: one process, no admission interval. */
const LOCAL: EngineServing = {
  requestMs: 20,
  defaultInterval: 1,
  delaySteps: 0,
  handOverSteps: 0,
  handOverMs: 0,
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

/** Rate at which a prompt's cache moves from a prefill to a decode instance, bytes per ms. Assumed: half of a 400 Gb/s adapter. */
export const HAND_OVER_BYTES_PER_MS = 25e6;

/** A prefill pool above this share of its rate is saturated: the queue is what the clients leave over. */
export const SATURATED_SHARE = 0.98;
