/**
 * What the model says of a distillation. Plain data: it crosses workers and is printed as JSON.
 * Bytes, hours, tokens per second, USD; every prediction with its 80 % interval and its basis.
 */
import type { Note } from "./estimate.ts";
import type { Infeasible } from "./infeasible.ts";
import type { EstimateBasis, Ranged } from "./provenance.ts";
import type { FinetuneMethod } from "./finetune-plan.ts";
import type { EdgeKind } from "./student.ts";
import type { GgufFileType } from "./tensor.ts";

/** The same tokens bought. */
export interface ApiBill {
  readonly provider: string;
  readonly usd: number;
  readonly checked: string;
  readonly source: string;
}

/** A job of the served model: answers for the student to learn from, or judgements of answers. */
export interface TeacherEstimate {
  readonly requests: number;
  /** Answers that are left for the student. */
  readonly kept: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Share of the prompts that is found in the prefix cache, if requests with one prompt follow each other. */
  readonly prefixHitRate: number;
  /** Requests in flight at which the job costs least. */
  readonly concurrency: number;
  readonly accelerators: number;
  readonly outputTokensPerSecond: Ranged;
  readonly hours: Ranged;
  readonly acceleratorHours: Ranged;
  /** Null where no price is known. */
  readonly usd: Ranged | null;
  readonly offer: string;
  /** Requests and answers on disk, as text. */
  readonly storageBytes: Ranged;
  /** Cheapest first. */
  readonly api: readonly ApiBill[];
}

/** Bytes on one accelerator while the student learns. */
export interface StudentMemory {
  readonly weights: number;
  readonly adapters: number;
  readonly gradients: number;
  readonly optimizer: number;
  readonly activations: number;
  readonly logits: number;
  /** Gathered layers, the driver's own, and what the allocator cannot use. */
  readonly buffers: number;
  readonly total: number;
  readonly capacity: number;
}

export interface StudentEstimate {
  readonly name: string;
  readonly method: FinetuneMethod;
  readonly parameters: number;
  readonly trainable: number;
  /** Tokens of one epoch, and how many of them the student sees in all. */
  readonly dataTokens: number;
  readonly trainedTokens: number;
  /** Samples longer than the sequence lose their end: share of all tokens. */
  readonly cutShare: number;
  readonly memory: StudentMemory;
  /** `parameters` sharded over all accelerators, or whole on each. */
  readonly sharded: boolean;
  readonly accelerators: number;
  readonly tokensPerSecond: Ranged;
  /** Of the datasheet's dense 16-bit rate. */
  readonly utilization: number;
  readonly hours: Ranged;
  readonly acceleratorHours: Ranged;
  readonly usd: Ranged | null;
  readonly offer: string;
  /** What training leaves: the whole model, or its adapters. */
  readonly resultBytes: number;
  /** Weights and optimizer of one checkpoint. */
  readonly checkpointBytes: number;
}

export interface EdgeRow {
  readonly device: string;
  readonly name: string;
  readonly kind: EdgeKind;
  readonly usableBytes: number;
  /** File, cache of the asked context, buffers. */
  readonly neededBytes: number;
  readonly fits: boolean;
  /** Tokens that fit beside the weights, at most the model's own limit; 0 where the weights alone do not. */
  readonly contextTokens: number;
  /** With half of the asked context filled; null where the weights do not fit. */
  readonly tokensPerSecond: Ranged | null;
}

export interface EdgeFile {
  readonly type: GgufFileType;
  readonly bytes: number;
  readonly bitsPerWeight: number;
  readonly needsImatrix: boolean;
}

export interface EdgeEstimate {
  readonly file: EdgeFile;
  readonly cacheBytesPerToken: number;
  readonly contextTokens: number;
  /** Device of the plan. */
  readonly chosen: EdgeRow;
  readonly rows: readonly EdgeRow[];
  /** Every type of the student, largest first. */
  readonly files: readonly EdgeFile[];
}

export type ChainStageId = "teacher" | "judge" | "student" | "export";

export interface ChainStage {
  readonly id: ChainStageId;
  readonly label: string;
  readonly startHours: number;
  readonly hours: Ranged;
  readonly usd: Ranged | null;
}

export interface ChainEstimate {
  readonly stages: readonly ChainStage[];
  readonly hours: Ranged;
  /** Null where the price of a stage is not known. */
  readonly usd: Ranged | null;
}

/** One way to answer the requests that the student is made for. */
export interface ServiceCost {
  readonly id: "teacher" | "api" | "users-devices" | "own-device";
  readonly label: string;
  /** Null where no price is known. */
  readonly usdPerRequest: Ranged | null;
  /** One-time cost before the first answer. */
  readonly usdAtStart: number;
}

export interface BreakEven {
  readonly against: "teacher" | "api";
  readonly student: "users-devices" | "own-device";
  /** Requests after which the chain has paid for itself; null: never. */
  readonly requests: Ranged | null;
  readonly days: number | null;
}

export interface ServiceEstimate {
  readonly requestsPerDay: number;
  readonly promptTokens: number;
  readonly answerTokens: number;
  readonly ways: readonly ServiceCost[];
  readonly breakEven: readonly BreakEven[];
  readonly basis: EstimateBasis;
}

export interface DistillEstimate {
  readonly fits: boolean;
  readonly infeasible: readonly Infeasible[];
  /** Null where the teacher's plan does not fit or its speed cannot be told. */
  readonly teacher: TeacherEstimate | null;
  /** Null where the plan judges nothing, and where the teacher is null. */
  readonly judge: TeacherEstimate | null;
  /** Null where its speed cannot be told. */
  readonly student: StudentEstimate | null;
  readonly edge: EdgeEstimate;
  readonly chain: ChainEstimate | null;
  readonly service: ServiceEstimate | null;
  readonly notes: readonly Note[];
}
