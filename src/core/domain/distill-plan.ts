/**
 * The plan of a distillation, version 1: the served model answers, a small student learns from the
 * answers and runs at the edge. Links of such plans are measured against `core/link/base-distill.ts`.
 */
import type { DenseArchitecture } from "./dense-architecture.ts";
import type { FinetuneMethod } from "./finetune-plan.ts";
import type {
  AcceleratorId,
  ClusterPlan,
  EngineId,
  KvCacheType,
  LayoutPlan,
  ModelId,
  OptionsPlan,
  PricePlan,
  Speculative,
  Target,
  WeightsId,
} from "./plan.ts";
import type { EdgeDeviceId, StudentId, StudentOptimizer } from "./student.ts";

/** How the teacher is served while it answers: a serving plan without its users. */
export interface TeacherPlan {
  readonly weights: WeightsId;
  readonly kvCache?: KvCacheType;
  readonly engine: EngineId;
  readonly layout: LayoutPlan;
  readonly options: OptionsPlan;
  readonly speculative: Speculative;
}

/** The served model judges every answer: long inputs, short verdicts, the same prompt several times. */
export interface JudgeJob {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Verdicts an answer. */
  readonly repeats: number;
  /** Tokens of instructions at the start of every input. */
  readonly sharedTokens?: number;
}

/** What the teacher writes. */
export interface TeacherJob {
  /** Prompts. */
  readonly samples: number;
  readonly promptTokens: number;
  readonly answerTokens: number;
  readonly samplesPerPrompt: number;
  /** Share (0..1] of the answers that pass the filter. */
  readonly acceptanceRate: number;
  /** Tokens at the start of every prompt that are always the same. */
  readonly sharedTokens?: number;
  /** Requests in flight; absent: as many as make the job cheapest. */
  readonly concurrency?: number;
  readonly judge?: JudgeJob;
}

export interface StudentPlan {
  /** Id of a catalogued base, or the name of an imported one. */
  readonly id: StudentId;
  /** Of an imported base, read from its config.json. */
  readonly architecture?: DenseArchitecture;
  readonly method: FinetuneMethod;
  /** Of the adapters; absent in full fine-tuning. */
  readonly rank?: number;
  readonly gpu: AcceleratorId;
  readonly count: number;
  readonly epochs: number;
  readonly sequenceTokens: number;
  readonly microBatch: number;
  /** Sequences of one optimizer step. */
  readonly globalBatch: number;
  readonly recompute: boolean;
  readonly optimizer: StudentOptimizer;
  /** Logits are never held as a whole (Liger and the like). */
  readonly fusedLoss: boolean;
  /** Short samples share a sequence; without it each fills one with padding. */
  readonly packing: boolean;
}

/** How the cache lies in the device's memory. */
export type EdgeCacheType = "f16" | "q8_0" | "q4_0";

export interface EdgePlan {
  readonly device: EdgeDeviceId;
  /** `gguf:TYPE`. */
  readonly weights: WeightsId;
  readonly imatrix: boolean;
  readonly contextTokens: number;
  readonly cache: EdgeCacheType;
}

/** The requests that the student is made for: what the chain must pay for itself with. */
export interface ServicePlan {
  readonly requestsPerDay: number;
  readonly promptTokens: number;
  readonly answerTokens: number;
}

export interface DistillPlan {
  readonly version: 1;
  readonly goal: "distill";
  /** The teacher. */
  readonly model: ModelId;
  readonly cluster: ClusterPlan;
  readonly teacher: TeacherPlan;
  readonly job: TeacherJob;
  readonly student: StudentPlan;
  readonly edge: EdgePlan;
  readonly service: ServicePlan;
  readonly price?: PricePlan;
  readonly target?: Target;
}
