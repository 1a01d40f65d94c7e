/** Files of models, for whichever thread they are read on. Nothing but the header of a GGUF is read. */
import type { ByteSource } from "../src/core/domain/gguf-file.ts";
import type { Plan } from "../src/core/domain/plan.ts";
import type { Problem } from "../src/core/domain/problem.ts";
import { fail, ok, type Result } from "../src/core/domain/result.ts";
import { manifestOfPlan } from "../src/core/kit/plan-manifest.ts";
import { familyOf } from "../src/core/catalog/family.ts";
import { inspectGguf } from "../src/core/tensors/model-files/inspect-gguf.ts";
import { readConfig } from "../src/core/tensors/model-files/read-config.ts";
import { readIndex } from "../src/core/tensors/model-files/read-index.ts";
import { catalog } from "../src/planner-data.ts";
import type { GgufApi, ModelFileAnswer } from "./gguf-api.ts";

/** The vendor's index has 8.9 MB; a file larger than this is another one. */
const MAX_JSON_BYTES = 64 * 1024 ** 2;

const family = familyOf(catalog);

const sourceOf = (file: File): ByteSource => ({
  name: file.name,
  size: file.size,
  read: async (from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer()),
});

const isJson = ({ name }: File): boolean => /\.json$/i.test(name);

async function readJson(file: File): Promise<Result<ModelFileAnswer, Problem>> {
  const path = file.name.slice(0, 120);
  if (file.size > MAX_JSON_BYTES)
    return fail({ path, problem: `${file.size} bytes, more than the ${MAX_JSON_BYTES} that are read` });
  const text = await file.text();
  const kind = /"weight_map"\s*:/.test(text) ? "index" : "config";
  const read = kind === "index" ? readIndex(text, family) : readConfig(text, family);
  return read.ok ? ok({ kind, name: file.name, model: read.value }) : read;
}

async function readFiles(files: readonly File[], plan: Plan): Promise<Result<ModelFileAnswer, Problem>> {
  const json = files.find(isJson);
  if (json) {
    if (files.length > 1)
      return fail({
        path: json.name.slice(0, 120),
        problem: "drop one JSON file, or the GGUF files of one model",
      });
    return readJson(json);
  }
  const model = catalog.models.get(plan.model);
  const tensors = (model && manifestOfPlan(plan, model)?.tensors) ?? null;
  const gguf = await inspectGguf(files.map(sourceOf), family, { model: plan.model, tensors });
  return gguf.ok ? ok({ kind: "gguf", gguf: gguf.value }) : gguf;
}

export const ggufReader: GgufApi = {
  read: async (files, plan) => {
    try {
      return await readFiles(files, plan);
    } catch (error) {
      // A file that moved, changed or may not be read any more.
      if (!(error instanceof DOMException)) throw error;
      return fail({
        path: files[0]?.name.slice(0, 120) ?? "file",
        problem: "cannot be read any more; choose it again",
      });
    }
  },
};
