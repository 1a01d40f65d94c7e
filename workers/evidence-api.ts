/** What the page may ask of the worker that validates records and compares weight formats. Types only. */
import type { ClaimAnswer } from "../src/core/evidence/claim-answer.ts";
import type { IntervalClass } from "../src/core/domain/intervals.ts";
import type { ValidationReport } from "../src/core/domain/measurement.ts";
import type { Plan } from "../src/core/domain/plan.ts";
import type { EstimateBasis, Ranged } from "../src/core/domain/provenance.ts";
import type { PublishedQuality } from "../src/core/domain/published.ts";
import type { TensorGroup } from "../src/core/domain/tensor.ts";

/** The class of a record as the evidence view tells them apart. */
export type EvidenceClass =
  "gpu" | "multi-node" | "llamacpp" | "host" | "apple" | "slice" | "memory" | "training";

/** A record, without its figures. */
export interface EvidenceRecord {
  readonly id: string;
  readonly class: EvidenceClass;
  readonly quality: string;
  readonly date: string;
  readonly source: string;
  readonly engine: string;
  readonly engineVersion: string;
  /** "8 × H200, 64 users, 1,024 in, 1,024 out". */
  readonly run: string;
  readonly notes: string;
  readonly suspicions: readonly string[];
  readonly assumptions: readonly string[];
  readonly missing: readonly string[];
}

export interface EvidenceRow {
  readonly id: string;
  readonly metric: string;
  readonly measured: number;
  readonly predicted: number;
  readonly low: number;
  readonly high: number;
  readonly basis: string;
  readonly cause: string;
}

export interface Evidence {
  readonly records: readonly EvidenceRecord[];
  readonly rows: readonly EvidenceRow[];
  readonly unpredicted: ValidationReport["unpredicted"];
  /** Error of the speed model on groups left out, by class and metric; null before the first calibration. */
  readonly leftOut: Readonly<Record<string, IntervalClass>> | null;
}

/** One weight format under a plan. */
export interface WeightsAnswer {
  readonly fits: boolean;
  /** Why it does not fit or cannot be told; null where all is well. */
  readonly reason: string | null;
  /** Not only too big: no machine of this kind could run it so. */
  readonly impossible: boolean;
  /** Of the fullest accelerator, or the host where there is none; negative: by how much it is short. */
  readonly spareBytes: number | null;
  readonly basis: EstimateBasis | null;
  /** Whole model; null: the format's size is not known. */
  readonly bytes: number | null;
  readonly bitsPerWeight: number | null;
  readonly perUser: Ranged | null;
  readonly total: Ranged | null;
}

export interface MixShare {
  readonly name: string;
  readonly bytes: number;
  readonly tensors: number;
}

/** One stack of routed experts, or one layer of them. */
export interface MixCell {
  readonly part: "down" | "gate" | "up";
  readonly layer: number;
  readonly type: string;
  readonly bytes: number;
}

/** What one rule of a plan's own mix decides. */
export interface MixRuleShare {
  readonly tensors: number;
  readonly bytes: number;
}

export interface MixGroup extends MixShare {
  readonly group: TensorGroup;
  readonly types: readonly string[];
  /** Without the plan's own rules. */
  readonly stockBytes: number;
}

/** Which tensors of a format have which type, to the byte. */
export interface TensorMix {
  readonly weights: string;
  readonly bytes: number;
  readonly parameters: number;
  readonly tensors: number;
  readonly types: readonly MixShare[];
  readonly groups: readonly MixGroup[];
  /** The same file type without the plan's own rules. */
  readonly stockBytes: number;
  readonly cells: readonly MixCell[];
  /** In the order of `options.tensorTypes`. */
  readonly rules: readonly MixRuleShare[];
}

export interface EvidenceApi {
  /** The model over every published record. */
  evidence(): Promise<Evidence>;
  claims(): Promise<readonly ClaimAnswer[]>;
  /** As many answers as plans, in their order. */
  compareWeights(plans: readonly Plan[]): Promise<readonly WeightsAnswer[]>;
  quality(): Promise<PublishedQuality>;
  /** Null: a format whose tensors are not known. */
  mix(plan: Plan): Promise<TensorMix | null>;
}
