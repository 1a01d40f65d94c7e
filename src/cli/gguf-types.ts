import type { GgufFileType } from "../core/domain/tensor.ts";
import { catalog } from "../planner-data.ts";

const PREFIX = "gguf:";

/** Weights ids of the types that llama-quantize writes, with its own names for them. */
export function ggufTypes(): ReadonlyMap<string, GgufFileType> {
  const formats = [...catalog.weightFormats.values()].filter(
    ({ family, id }) => family === "gguf" && id !== "gguf:custom",
  );
  return new Map(formats.map(({ id }) => [id, id.slice(PREFIX.length) as GgufFileType]));
}
