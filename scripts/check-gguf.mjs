/**
 * Prints, for every GGUF type, Fathom's file beside llama.cpp's own dry run, and how many tensors differ.
 * Exit 0: none does. Exit 1: some do. Needs linux-x64, for the prebuilt library.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { runnerImport } from "vite";
import { runJobs } from "../test/llama-cpp/dry-run.mjs";
import { writeSparseGguf } from "../test/llama-cpp/sparse-gguf.mjs";

const load = async (name) => (await runnerImport(`./src/core/tensors/${name}.ts`)).module;
const { quantizeTensors } = await load("quantize-tensors");
const { GGUF_FILE_TYPES } = await load("gguf-mixes");
const { GGML_TYPES } = await load("ggml-types");
const { DEEPSEEK_V3 } = await load("deepseek-v3.fixture");

/** Compares one variant of the model over all types; returns rows for the table. */
async function compare(folder, mtpLayer) {
  const path = join(folder, `source-${mtpLayer}.gguf`);
  const tensors = quantizeTensors(DEEPSEEK_V3, "BF16", { imatrix: false, mtpLayer }).map((t) => ({
    ...t,
    typeId: GGML_TYPES[t.type].id,
  }));
  writeSparseGguf(path, { architecture: DEEPSEEK_V3, mtpLayer, tensors });
  const jobs = GGUF_FILE_TYPES.flatMap((type) => [false, true].map((imatrix) => ({ type, imatrix })));
  const results = await runJobs(path, jobs);
  return results.map(({ type, imatrix, tensors: theirs }) => {
    const own = quantizeTensors(DEEPSEEK_V3, type, { imatrix, mtpLayer });
    const same = ([name, kind, bytes], i) =>
      own[i]?.name === name && own[i].type === kind && own[i].bytes === bytes;
    const differ = theirs.filter((row, i) => !same(row, i)).length + Math.abs(own.length - theirs.length);
    return { type, imatrix, mtpLayer, theirs, own, differ };
  });
}

const total = (bytes) => bytes.reduce((sum, n) => sum + n, 0);

function formatRow({ type, imatrix, mtpLayer, theirs, own, differ }) {
  const cells = [
    type.padEnd(10),
    (imatrix ? "imatrix" : "-").padEnd(8),
    (mtpLayer ? "MTP" : "-").padEnd(4),
    String(total(own.map((t) => t.bytes))).padStart(14),
    String(total(theirs.map(([, , bytes]) => bytes))).padStart(14),
    `${differ} of ${theirs.length}`,
  ];
  return cells.join("  ");
}

if (process.platform !== "linux" || process.arch !== "x64") {
  process.stdout.write(`skipped: needs linux-x64, this is ${process.platform}-${process.arch}\n`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "fathom-gguf-"));
try {
  process.stdout.write(
    "type        imatrix   MTP    Fathom, bytes   llama.cpp, bytes  tensors that differ\n",
  );
  const rows = [...(await compare(folder, false)), ...(await compare(folder, true))];
  for (const row of rows) process.stdout.write(`${formatRow(row)}\n`);
  const wrong = total(rows.map((row) => row.differ));
  process.stdout.write(`${rows.length} files compared, ${wrong} tensors differ\n`);
  process.exitCode = wrong === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
