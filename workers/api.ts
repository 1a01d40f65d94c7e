/** What the page may ask of its workers. Types only; plain data both ways. */
import type { Promised } from "../src/core/delivery/kit-of-plan.ts";
import type { AnyPlan } from "../src/core/domain/any-plan.ts";
import type { Estimate, NearbyPlan } from "../src/core/domain/estimate.ts";
import type { AcceleratorKind } from "../src/core/domain/catalog.ts";
import type { PlanExplanation } from "../src/core/domain/explanation.ts";
import type { FrameworkId } from "../src/core/domain/finetune-plan.ts";
import type { Kit } from "../src/core/domain/kit.ts";
import type { EngineId, Plan } from "../src/core/domain/plan.ts";
import type { Problem } from "../src/core/domain/problem.ts";
import type { EstimateBasis } from "../src/core/domain/provenance.ts";
import type { Result } from "../src/core/domain/result.ts";
import type { PlanSource } from "./plan-sources.ts";

/** The catalog as forms need it: ids, names and what decides a choice's place. */
export interface Directory {
  readonly models: readonly { readonly id: string; readonly name: string }[];
  readonly weights: readonly {
    readonly id: string;
    readonly name: string;
    readonly family: "safetensors" | "gguf";
    readonly engines: readonly EngineId[];
  }[];
  readonly engines: readonly {
    readonly id: EngineId;
    readonly name: string;
    readonly current: string;
    readonly versions: readonly string[];
    readonly kit: boolean;
  }[];
  /** What trains the model; `methods`: "lora/bf16" and the like, as each framework offers them. */
  readonly frameworks: readonly {
    readonly id: FrameworkId;
    readonly name: string;
    readonly methods: readonly string[];
  }[];
  readonly accelerators: readonly {
    readonly id: string;
    readonly name: string;
    readonly shortName: string;
    readonly vendor: string;
    readonly kind: AcceleratorKind;
    readonly memoryBytes: number;
    readonly launched: string;
  }[];
  readonly hosts: readonly {
    readonly id: string;
    readonly name: string;
    readonly memoryOptionsGiB: readonly number[];
  }[];
  readonly fabrics: readonly { readonly id: string; readonly name: string }[];
  readonly providers: readonly string[];
}

/** What a plan would do, in the few numbers that a row of a table shows. */
export interface Consequence {
  readonly fits: boolean;
  /** Why it does not fit or cannot be told; null where all is well. */
  readonly reason: string | null;
  /** Not only too big: no machine of this kind could run it so. */
  readonly impossible: boolean;
  readonly spareBytes: number | null;
  readonly kvCacheTokens: number | null;
  readonly tokensPerSecondPerUser: number | null;
  readonly tokensPerSecond: number | null;
  readonly ttftMs: number | null;
  readonly tpotMs: number | null;
  readonly usdPerHour: number | null;
  readonly usdPerMillionOutputTokens: number | null;
  readonly basis: EstimateBasis | null;
}

export interface NearbyChoice extends NearbyPlan {
  readonly consequence: Consequence;
}

/** One weight format on one accelerator. */
export interface FitMapCell {
  /** Of the fullest accelerator; negative: by how much it is short; null: unknown. */
  readonly spareBytes: number | null;
  readonly fits: boolean;
  /** Why not, where memory is not the reason. */
  readonly reason?: string;
  readonly plan: Plan;
}

export interface PlannerApi {
  directory(): Promise<Directory>;
  evaluate(plan: Plan): Promise<Estimate>;
  /** How the verdict's numbers follow; `null` where the plan's speed cannot be told. */
  explain(plan: Plan): Promise<PlanExplanation | null>;
  /** What a change of the plan does to its throughput, both sides' terms beside each other. */
  explainChange(from: Plan, to: Plan, title: string): Promise<PlanExplanation<"change"> | null>;
  /** One batch for a table of choices: as many answers as plans, in their order. */
  compare(plans: readonly Plan[]): Promise<readonly Consequence[]>;
  /** Whole estimates, as many as plans and in their order; one that fails says why and spoils no other. */
  estimates(plans: readonly Plan[]): Promise<readonly Result<Estimate, string>[]>;
  /** Publications behind a plan's numbers. */
  sources(plan: Plan): Promise<readonly PlanSource[]>;
  nearby(plan: Plan, limit: number): Promise<readonly NearbyChoice[]>;
  /** Rows in the order of `weights`, in each the accelerators in the order given. */
  fitMap(
    plan: Plan,
    weights: readonly string[],
    accelerators: readonly string[],
  ): Promise<readonly (readonly FitMapCell[])[]>;
}

export type { PlanSource } from "./plan-sources.ts";
export type { Promised } from "../src/core/delivery/kit-of-plan.ts";

export interface KitAnswer {
  readonly kit: Kit;
  readonly zip: Uint8Array;
  /** Of the archive. */
  readonly sha256: string;
  readonly promised: Promised;
}

export interface KitApi {
  /** Of a plan of any goal. */
  compile(plan: AnyPlan): Promise<Result<KitAnswer, Problem>>;
}

export type {
  Evidence,
  EvidenceApi,
  EvidenceClass,
  EvidenceRecord,
  EvidenceRow,
  MixCell,
  MixRuleShare,
  MixShare,
  TensorMix,
  WeightsAnswer,
} from "./evidence-api.ts";

export type { GgufApi, ModelFileAnswer } from "./gguf-api.ts";

export type { AdviceApi, Frontier, FrontierBand, MeasuredPoint } from "./advice-api.ts";

export type {
  DistillApi,
  DistillConsequence,
  DistillDirectory,
  FoundTeacher,
  TeacherSearch,
} from "./distill-api.ts";
