/**
 * The plan of a distillation, version 1: the served model answers, a small student learns from the
 * answers and runs at the edge. A first shape that the other goals' code can carry; whoever builds the
 * distillation model owns this file, its schema and its link base (`core/link/base-distill.ts`) and may
 * change them until the first release that writes such links.
 */
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

/** How the teacher is served while it answers: a serving plan without its users. */
export interface TeacherPlan {
  readonly weights: WeightsId;
  readonly kvCache?: KvCacheType;
  readonly engine: EngineId;
  readonly layout: LayoutPlan;
  readonly options: OptionsPlan;
  readonly speculative: Speculative;
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
  /** The same model judges other models' outputs: long inputs, short answers, a shared prefix. */
  readonly judge?: { readonly inputTokens: number; readonly outputTokens: number; readonly repeats: number };
}

export interface StudentPlan {
  /** Id of a catalogued base. */
  readonly id: string;
  readonly method: FinetuneMethod;
  /** Of the adapters; absent in full fine-tuning. */
  readonly rank?: number;
  readonly gpu: AcceleratorId;
  readonly count: number;
  readonly epochs: number;
  readonly sequenceTokens: number;
}

export interface EdgePlan {
  readonly device: string;
  /** `gguf:TYPE`. */
  readonly weights: WeightsId;
  readonly contextTokens: number;
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
  readonly price?: PricePlan;
  readonly target?: Target;
}
