/**
 * Prints, for every student, how many tensors of its GGUF files differ from llama.cpp's own dry run, over all
 * types with and without importance matrix. Exit 0: none does. Needs linux-x64, for the prebuilt library.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { runnerImport } from "vite";
import { writeDenseGguf } from "../test/llama-cpp/dense-gguf.mjs";
import { runJobs } from "../test/llama-cpp/dry-run.mjs";

const load = async (path) => (await runnerImport(`./src/core/${path}.ts`)).module;
const { parseStudents } = await load("catalog/parse-students");
const { quantizeDense } = await load("tensors/dense-gguf");
const { countDenseParameters } = await load("tensors/dense-tensors");
const { GGUF_FILE_TYPES } = await load("tensors/gguf-mixes");
const { GGML_TYPES } = await load("tensors/ggml-types");

const read = (name) => JSON.parse(readFileSync(`planner-data/${name}.json`, "utf8"));

function students() {
  const names = ["models", "devices", "speeds", "training"];
  const files = Object.fromEntries(names.map((name) => [name, read(`students/${name}`)]));
  const parsed = parseStudents(files, new Set(Object.keys(read("sources"))));
  if (!parsed.ok) throw new Error(`${parsed.error.path}: ${parsed.error.problem}`);
  return [...parsed.value.students.values()];
}

async function differences(folder, { id, architecture }) {
  const path = join(folder, `${id}.gguf`);
  const tensors = quantizeDense(architecture, "BF16", false);
  writeDenseGguf(path, {
    architecture,
    tensors: tensors.map((t) => ({ ...t, typeId: GGML_TYPES[t.type].id })),
  });
  const jobs = GGUF_FILE_TYPES.flatMap((type) => [false, true].map((imatrix) => ({ type, imatrix })));
  const results = await runJobs(path, jobs);
  let differ = 0;
  for (const { type, imatrix, tensors: theirs } of results) {
    const own = quantizeDense(architecture, type, imatrix);
    const same = ([name, kind, bytes], i) =>
      own[i]?.name === name && own[i].type === kind && own[i].bytes === bytes;
    differ += theirs.filter((row, i) => !same(row, i)).length + Math.abs(own.length - theirs.length);
  }
  return { files: results.length, tensors: tensors.length, differ };
}

if (process.platform !== "linux" || process.arch !== "x64") {
  process.stdout.write(`skipped: needs linux-x64, this is ${process.platform}-${process.arch}\n`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "fathom-students-"));
try {
  let wrong = 0;
  for (const student of students()) {
    const { files, tensors, differ } = await differences(folder, student);
    wrong += differ;
    const { total } = countDenseParameters(student.architecture);
    const cells = [student.id.padEnd(22), String(total).padStart(14), String(tensors).padStart(5)];
    process.stdout.write(`${cells.join("  ")} tensors  ${files} files  ${differ} differ\n`);
  }
  process.exitCode = wrong === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
