/**
 * Fathom's file against llama.cpp's own: every type, with and without importance matrix and MTP layer, every
 * tensor's name, order, type and bytes. The truth is the library, run here, not a table.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runJobs } from "../../../test/llama-cpp/dry-run.mjs";
import { FILE_TYPE_IDS as LIBRARY_IDS } from "../../../test/llama-cpp/llama-library.mjs";
import { writeSparseGguf } from "../../../test/llama-cpp/sparse-gguf.mjs";
import { DEEPSEEK_V3, DEEPSEEK_V32 } from "./deepseek-v3.fixture.ts";
import { FILE_TYPE_IDS } from "./gguf-file/find-mix.ts";
import { GGUF_FILE_TYPES, GGUF_MIXES } from "./gguf-mixes.ts";
import { GGML_TYPES } from "./ggml-types.ts";
import { quantizeTensors } from "./quantize-tensors.ts";

const runnable = process.platform === "linux" && process.arch === "x64";
const folder = runnable ? mkdtempSync(join(tmpdir(), "fathom-gguf-")) : "";
const fileOf = (mtpLayer: boolean): string => join(folder, mtpLayer ? "with-mtp.gguf" : "plain.gguf");

function writeSource(path: string, mtpLayer: boolean, without?: string): void {
  const tensors = quantizeTensors(DEEPSEEK_V3, "BF16", { imatrix: false, mtpLayer })
    .filter((t) => t.name !== without)
    .map((t) => ({ ...t, typeId: GGML_TYPES[t.type].id }));
  writeSparseGguf(path, { architecture: DEEPSEEK_V3, mtpLayer, tensors });
}

describe.skipIf(!runnable)(`GGUF files against llama.cpp (needs linux-x64)`, () => {
  beforeAll(() => [false, true].forEach((mtpLayer) => writeSource(fileOf(mtpLayer), mtpLayer)));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([false, true])(
    "llama.cpp takes the tensor list as a whole model, MTP layer %s",
    async (mtpLayer) => {
      const [result] = await runJobs(fileOf(mtpLayer), [{ kind: "load", mtpLayer }]);
      expect(result?.loads, result?.log).toBe(true);
    },
  );

  test("a file's own number of its type is the one that llama.cpp is asked by for that type, below", () => {
    expect(FILE_TYPE_IDS).toEqual(LIBRARY_IDS);
  });

  test("llama.cpp refuses the list when one tensor is missing", async () => {
    const path = join(folder, "short.gguf");
    writeSource(path, false, "blk.30.attn_v_b.weight");
    const [result] = await runJobs(path, [{ kind: "load", mtpLayer: false }]);
    expect(result?.loads).toBe(false);
    expect(result?.log).toContain("blk.30.attn_v_b.weight");
  });

  test.each([
    [false, 1086],
    [true, 1110],
  ])("every type, MTP layer %s: 0 of %d tensors differ", async (mtpLayer, count) => {
    const jobs = GGUF_FILE_TYPES.flatMap((type) => [
      { type, imatrix: false },
      { type, imatrix: true },
    ]);
    const results = await runJobs(fileOf(mtpLayer), jobs);
    results.forEach((result, i) => {
      const { type, imatrix } = jobs[i] ?? { type: "F32" as const, imatrix: false };
      const own = quantizeTensors(DEEPSEEK_V3, type, { imatrix, mtpLayer });
      expect(result.tensors.length, type).toBe(count);
      const label = `${type}${imatrix ? " imatrix" : ""}`;
      expect(
        own.map((t) => [t.name, t.type, t.bytes] as const),
        label,
      ).toEqual(result.tensors);
      if (!imatrix) expect(GGUF_MIXES[type].needsImatrix ?? false, label).toBe(result.needsImatrix);
    });
    expect(results.length).toBe(2 * GGUF_FILE_TYPES.length);
  });

  test("overrides: the first pattern found decides, fallbacks and kept tensors stay", async () => {
    const overrides = [
      { pattern: "blk\\.[3-5]\\.ffn_down_exps", type: "q8_0" as const },
      { pattern: "ffn_(up|gate)_exps", type: "iq2_xxs" as const },
      { pattern: "attn_k_b", type: "q6_K" as const },
      { pattern: "token_embd", type: "q8_0" as const },
    ];
    const [result] = await runJobs(fileOf(false), [{ type: "Q4_K_M", imatrix: true, overrides }]);
    const own = quantizeTensors(DEEPSEEK_V3, "Q4_K_M", { imatrix: true, mtpLayer: false, overrides });
    expect(own.map((t) => [t.name, t.type, t.bytes] as const)).toEqual(result?.tensors);
  });

  describe("with an indexer: DeepSeek-V3.2", () => {
    const path = join(folder, "indexer.gguf");
    const plain = { imatrix: false, mtpLayer: false };
    beforeAll(() => {
      const tensors = quantizeTensors(DEEPSEEK_V32, "BF16", plain).map((t) => ({
        ...t,
        typeId: GGML_TYPES[t.type].id,
      }));
      writeSparseGguf(path, { architecture: DEEPSEEK_V32, mtpLayer: false, tensors });
    });

    test("llama.cpp takes the tensor list as a whole model of its architecture deepseek32", async () => {
      const [result] = await runJobs(path, [{ kind: "load", mtpLayer: false }]);
      expect(result?.loads, result?.log).toBe(true);
    });

    // F32, F16 and BF16 are the converter's: llama-quantize would cut the weights of the heads to 16 bits.
    const types = GGUF_FILE_TYPES.filter((type) => !["F32", "F16", "BF16"].includes(type));
    test("every quantized type: 0 of 1391 tensors differ", async () => {
      const results = await runJobs(
        path,
        types.map((type) => ({ type, imatrix: true })),
      );
      results.forEach((result, i) => {
        const type = types[i] ?? "Q8_0";
        const own = quantizeTensors(DEEPSEEK_V32, type, { imatrix: true, mtpLayer: false });
        expect(
          own.map((t) => [t.name, t.type, t.bytes] as const),
          type,
        ).toEqual(result.tensors);
      });
      expect(results.map(({ tensors }) => tensors.length)).toEqual(types.map(() => 1391));
    });
  });
});
