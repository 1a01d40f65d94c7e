import type { ByteSource, GgufHeader, GgufInspection } from "../../domain/gguf-file.ts";
import type { FamilyMember, ModelFile } from "../../domain/model-file.ts";
import type { ModelId } from "../../domain/plan.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { GgufTensor } from "../../domain/tensor.ts";
import { formatFileSize } from "../../units/format.ts";
import { compareGguf, joinSplits, type GgufFiles } from "../gguf-file/compare-gguf.ts";
import { findMix, type MixHints } from "../gguf-file/find-mix.ts";
import { readGgufHeader } from "../gguf-file/read-header.ts";
import { readGgufModel } from "./read-gguf-model.ts";

export interface InspectionPlan {
  readonly model: ModelId;
  /** The tensors of the plan's own file; null where its weights are no GGUF. */
  readonly tensors: readonly GgufTensor[] | null;
}

function hintsOf({ headers }: GgufFiles): MixHints {
  const fields = headers[0]?.fields;
  const fileType = fields?.get("general.file_type");
  const imatrix = fields?.has("quantize.imatrix.file") || fields?.has("quantize.imatrix.entries_count");
  return {
    ...(typeof fileType === "number" ? { fileType } : {}),
    ...(imatrix === true ? { imatrix: true } : {}),
  };
}

function remarksOf(
  files: GgufFiles,
  model: ModelFile,
  family: readonly FamilyMember[],
  plan: InspectionPlan,
) {
  const remarks: string[] = [];
  for (const { name, missingBytes } of files.headers) {
    if (missingBytes > 0)
      remarks.push(
        `${name.slice(0, 120)} is ${formatFileSize(missingBytes)} shorter than its header promises: the download is not complete.`,
      );
  }
  const count = files.headers[0]?.split?.count ?? 1;
  if (!files.whole)
    remarks.push(
      `${files.headers.length} of ${count} parts ${files.headers.length === 1 ? "is" : "are"} here; nothing is said of the tensors in the others.`,
    );
  if (files.tensors.some(({ name }) => name.includes("attn_kv_b")))
    remarks.push(
      "attn_kv_b is whole here: the file was converted before llama.cpp stored its halves apart, and takes 71 times the cache.",
    );
  const called = model.named ? family.find(({ id }) => id === model.models[0])?.name : model.name;
  const planned = family.find(({ id }) => id === plan.model)?.name;
  if (called != null && model.models[0] !== plan.model && planned !== undefined)
    remarks.push(`It calls itself ${called}, and the plan is of ${planned}; the shapes are the same.`);
  return remarks;
}

/**
 * Headers of a model's GGUF files, read, joined, compared with the plan's tensors and turned into a mix.
 *
 * Refuses  files that are no GGUF, not of one model, or of another architecture, with the file or field.
 */
export async function inspectGguf(
  sources: readonly ByteSource[],
  family: readonly FamilyMember[],
  plan: InspectionPlan,
): Promise<Result<GgufInspection, Problem>> {
  const headers: GgufHeader[] = [];
  for (const source of sources) {
    const header = await readGgufHeader(source);
    if (!header.ok) return header;
    headers.push(header.value);
  }
  const files = joinSplits(headers);
  if (!files.ok) return files;
  const [first] = files.value.headers;
  if (!first) return fail({ path: "files", problem: "none given" });
  const model = readGgufModel(first, family);
  if (!model.ok) return model;
  const architecture = family.find(({ id }) => id === model.value.models[0])?.architecture;
  if (!architecture) return fail({ path: first.name, problem: "no model of this shape is known" });
  const { tensors, whole } = files.value;
  return ok({
    model: model.value,
    pieces: files.value.headers.map(({ name, size, split, missingBytes, tensors: own }) => ({
      ...{ name, size, split, missingBytes },
      tensors: own.length,
    })),
    whole,
    tensorBytes: tensors.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    comparison: plan.tensors === null ? null : compareGguf(files.value, plan.tensors),
    mix: findMix(architecture, tensors, hintsOf(files.value)),
    remarks: remarksOf(files.value, model.value, family, plan),
  });
}
