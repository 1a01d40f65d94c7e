/** What the header of a GGUF file says, and how it differs from what a plan wants. */
import type { GgmlType, GgufFileType } from "./tensor.ts";
import type { ModelFile } from "./model-file.ts";
import type { OptionsPlan } from "./plan.ts";
import type { Problem } from "./problem.ts";
import type { Result } from "./result.ts";

/** Bytes that are read in slices: a file of 400 GB costs its header. */
export interface ByteSource {
  readonly name: string;
  readonly size: number;
  /** Bytes `[from, to)`; shorter only where the file ends. */
  readonly read: (from: number, to: number) => Promise<Uint8Array>;
}

/** A list in the header is told by its length: its values are the tokenizer's. */
export type GgufValue = number | boolean | string | { readonly list: number };

export interface GgufTensorInfo {
  readonly name: string;
  /** Fastest axis first. */
  readonly shape: readonly number[];
  /** ggml's number of the type, and its name where llama.cpp has one. */
  readonly typeId: number;
  readonly type: GgmlType | null;
  /** From the start of the file's tensor data. */
  readonly offset: number;
  /** Null: a type of unknown size. */
  readonly bytes: number | null;
}

export interface GgufHeader {
  readonly name: string;
  readonly size: number;
  readonly version: number;
  readonly fields: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensorInfo[];
  readonly alignment: number;
  /** Where tensor data starts. */
  readonly dataStart: number;
  /** Place in a split file; null for a file of one piece. */
  readonly split: { readonly index: number; readonly count: number; readonly tensors: number } | null;
  /** Bytes that the header promises and the file lacks. */
  readonly missingBytes: number;
}

export type GgufDifferenceKind = "missing" | "extra" | "shape" | "type";

export interface GgufDifference {
  readonly kind: GgufDifferenceKind;
  readonly name: string;
  /** Empty where one side lacks the tensor. */
  readonly found: string;
  readonly wanted: string;
}

export interface GgufTypeShare {
  readonly type: string;
  readonly found: { readonly tensors: number; readonly bytes: number };
  readonly wanted: { readonly tensors: number; readonly bytes: number };
}

export interface GgufComparison {
  /** Tensors of the plan's file, and of those given. */
  readonly wanted: number;
  readonly found: number;
  readonly same: number;
  readonly counts: Readonly<Record<GgufDifferenceKind, number>>;
  /** The first of them. */
  readonly differences: readonly GgufDifference[];
  readonly types: readonly GgufTypeShare[];
}

export interface GgufPiece {
  readonly name: string;
  readonly size: number;
  readonly tensors: number;
  readonly split: GgufHeader["split"];
  readonly missingBytes: number;
}

/** The mix that a plan needs for a file's types. */
export interface FoundMix {
  readonly type: GgufFileType;
  readonly imatrix: boolean;
  readonly mtpLayer: boolean;
  readonly tensorTypes: NonNullable<OptionsPlan["tensorTypes"]>;
  /** Tensors whose type no rule can give: norms and router stay 32-bit in every mix. */
  readonly unreachable: number;
}

/** What one look at a model's GGUF files gives. */
export interface GgufInspection {
  readonly model: ModelFile;
  readonly pieces: readonly GgufPiece[];
  /** All parts of the model are here. */
  readonly whole: boolean;
  /** Of the tensors given; those of unknown types not counted. */
  readonly tensorBytes: number;
  /** Null: the plan's weights are no GGUF. */
  readonly comparison: GgufComparison | null;
  readonly mix: Result<FoundMix, Problem>;
  readonly remarks: readonly string[];
}
