/** Students, the devices that run them, and what was measured there. planner-data/students → core/catalog → these. */
import type { DenseArchitecture } from "./dense-architecture.ts";
import type { FinetuneMethod } from "./finetune-plan.ts";
import type { GgufFileType } from "./tensor.ts";
import type { Fact } from "./provenance.ts";

export type StudentId = string;
export type EdgeDeviceId = string;

export interface Student {
  readonly id: StudentId;
  readonly name: string;
  readonly architecture: DenseArchitecture;
  /** Thinks aloud before it answers, as published. */
  readonly reasoning: boolean;
  readonly licence: string;
  readonly repository: string;
  /** LLaMA-Factory's name of the chat format that it is trained in and then speaks. */
  readonly template: string;
  readonly source: string;
}

export type EdgeKind = "phone" | "laptop" | "single-board" | "desktop" | "gpu";

/** What reads the weights: how far it comes from the memory's rate was measured by kind of processor. */
export type EdgeProcessor = "cuda" | "vulkan" | "metal" | "cpu" | "phone-gpu";

export interface EdgeDevice {
  readonly id: EdgeDeviceId;
  readonly name: string;
  readonly kind: EdgeKind;
  readonly processor: EdgeProcessor;
  /** Installed, as the label says. */
  readonly memory: Fact<number>;
  /** What weights, cache and buffers may take. */
  readonly usableMemory: Fact<number>;
  readonly memoryBandwidth: Fact<number>;
  readonly powerDraw?: Fact<number>;
  readonly listPrice?: Fact<number>;
}

/** Tokens a second that somebody measured for one file on one device. */
export interface EdgeMeasurement {
  readonly device: EdgeDeviceId;
  /** Row of `students`, or the shape of another model. */
  readonly student: StudentId;
  readonly type: GgufFileType;
  readonly tokensPerSecond: number;
  readonly date: string;
  readonly source: string;
}

/**
 * What the optimizer keeps. `adamw`: 32-bit moments, and 32-bit weights beside 16-bit ones where those are
 * trained; `adamw-8bit`: moments in 8 bits; `adamw-bf16`: everything in 16 bits.
 */
export type StudentOptimizer = "adamw" | "adamw-8bit" | "adamw-bf16";

/** A run that somebody measured: what it took. */
export interface TrainingRun {
  readonly student: StudentId;
  readonly method: FinetuneMethod;
  readonly accelerator: string;
  readonly accelerators: number;
  readonly sequenceTokens: number;
  /** Sequences of one accelerator in one pass. */
  readonly microBatch: number;
  readonly rank?: number;
  /** Activations are computed again in the backward pass. */
  readonly recompute: boolean;
  readonly optimizer: StudentOptimizer;
  /** Logits are never held as a whole. */
  readonly fusedLoss: boolean;
  /** All accelerators. */
  readonly tokensPerSecond?: number;
  readonly peakMemoryGiB?: number;
  readonly date: string;
  readonly source: string;
}

export interface StudentFacts {
  readonly students: ReadonlyMap<StudentId, Student>;
  readonly devices: ReadonlyMap<EdgeDeviceId, EdgeDevice>;
  readonly edgeMeasurements: readonly EdgeMeasurement[];
  readonly trainingRuns: readonly TrainingRun[];
}
