/**
 * Files of students against llama.cpp's own: one model of every family, and the one that has a rule of its
 * own. `node scripts/check-students.mjs` compares every student in every type.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { writeDenseGguf } from "../../../test/llama-cpp/dense-gguf.mjs";
import { runJobs } from "../../../test/llama-cpp/dry-run.mjs";
import type { DenseArchitecture } from "../domain/dense-architecture.ts";
import type { GgufFileType } from "../domain/tensor.ts";
import { quantizeDense } from "./dense-gguf.ts";
import { DENSE } from "./dense.fixture.ts";
import { GGUF_FILE_TYPES } from "./gguf-mixes.ts";
import { GGML_TYPES } from "./ggml-types.ts";

const runnable = process.platform === "linux" && process.arch === "x64";
const folder = runnable ? mkdtempSync(join(tmpdir(), "fathom-student-")) : "";

/** Types whose rules turn on something that another model of the family would not show. */
const TELLING: readonly GgufFileType[] = ["Q4_K_M", "Q5_K_M", "Q3_K_M", "IQ3_XXS", "IQ2_M", "Q2_K", "Q4_0"];

describe.skipIf(!runnable)("students against llama.cpp (needs linux-x64)", () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ["qwen3-0.6b", GGUF_FILE_TYPES],
    ["llama-3.2-1b", TELLING],
    ["r1-distill-qwen-1.5b", TELLING],
    ["r1-distill-llama-70b", TELLING],
    ["gemma-3-1b", TELLING],
    ["phi-4-mini", TELLING],
    ["smollm3-3b", TELLING],
  ] as const)("%s: loads as a model, 0 tensors differ", async (id, types) => {
    const architecture: DenseArchitecture = DENSE[id];
    const path = join(folder, `${id}.gguf`);
    const tensors = quantizeDense(architecture, "BF16", false);
    writeDenseGguf(path, {
      architecture,
      tensors: tensors.map((t) => ({ ...t, typeId: GGML_TYPES[t.type].id })),
    });
    const [loaded] = await runJobs(path, [{ kind: "load", mtpLayer: false }]);
    expect(loaded?.loads, loaded?.log).toBe(true);
    const jobs = types.flatMap((type) => [
      { type, imatrix: false },
      { type, imatrix: true },
    ]);
    const results = await runJobs(path, jobs);
    expect(results).toHaveLength(2 * types.length);
    results.forEach((result, i) => {
      const { type, imatrix } = jobs[i] ?? { type: "F32" as const, imatrix: false };
      const own = quantizeDense(architecture, type, imatrix).map((t) => [t.name, t.type, t.bytes] as const);
      expect(own, `${type}${imatrix ? " imatrix" : ""}`).toEqual(result.tensors);
    });
  });
});
