/**
 * What llama.cpp itself would write: a dry-run quantization of a sparse full-size file.
 * As a program it reads {path, jobs} from standard input and prints one JSON line a job, so that a native
 * crash cannot take the test runner with it.
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { blockTable, openLlama } from "./llama-library.mjs";
import { quantizeParams } from "./quantize-params.mjs";

const TENSOR_LINE =
  /^\[ *\d+\/ *\d+\] (\S+) +- \[ *(\d+), *(\d+), *(\d+), *(\d+)\], type = +(\w+), size = +([\d.]+) MiB(?: -> +([\d.]+) MiB \((\w+)\))?/gm;

/** [name, type, bytes] of every tensor, in the order in which llama.cpp would write them. */
export function dryRun(library, path, job) {
  const blocks = blockTable(library);
  const params = { ...quantizeParams(library, job, blocks), dry_run: true };
  library.takeLog();
  const status = library.quantize(path, "/dev/null", params);
  const log = library.takeLog();
  if (status !== 0)
    throw new Error(`${job.type}: llama_model_quantize returned ${status}\n${log.slice(-2000)}`);
  const tensors = [...log.matchAll(TENSOR_LINE)].map((m) => readLine(m, blocks));
  return { ...job, tensors, needsImatrix: /will require an imatrix/.test(log) };
}

function readLine(match, blocks) {
  const [line, name, n0, n1, n2, n3, from, fromMiB, toMiB, to] = match;
  const type = to ?? from;
  const { elements, bytes: blockBytes } = blocks.get(type);
  const bytes = ((Number(n0) * Number(n1) * Number(n2) * Number(n3)) / elements) * blockBytes;
  // The log rounds to 2 decimals: it must agree with the bytes that follow from ggml's block size.
  if (Math.abs(bytes / 2 ** 20 - Number(toMiB ?? fromMiB)) > 0.006)
    throw new Error(`sizes disagree: ${line}`);
  return [name, type, bytes];
}

/** Does llama.cpp accept the file's tensors, names and shapes as a whole model? Allocates nothing. */
export function loadsAsModel(library, path, mtpLayer) {
  const params = library.modelDefaults();
  params.no_alloc = true;
  params.load_mode = 0;
  params.use_extra_bufts = false;
  params.load_mtp = mtpLayer;
  library.takeLog();
  const model = library.loadModel(path, params);
  const log = library.takeLog();
  if (model) library.freeModel(model);
  return { loads: Boolean(model), log: log.slice(-2000) };
}

async function serve() {
  const { library, reason } = await openLlama();
  if (!library) throw new Error(reason);
  let input = "";
  for await (const chunk of process.stdin) input += chunk;
  const { path, jobs } = JSON.parse(input);
  for (const job of jobs) {
    const result =
      job.kind === "load"
        ? (library.loadBackends(), loadsAsModel(library, path, job.mtpLayer))
        : dryRun(library, path, job);
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
}

/** Runs the jobs over the file in a process of their own; results in the order of the jobs. */
export async function runJobs(path, jobs) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "--serve"]);
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += chunk));
  const ended = new Promise((resolve) => child.on("close", resolve));
  child.stdin.end(JSON.stringify({ path, jobs }));
  const results = [];
  for await (const line of createInterface({ input: child.stdout })) results.push(JSON.parse(line));
  const code = await ended;
  if (code !== 0 || results.length !== jobs.length)
    throw new Error(`llama.cpp ended with ${code} after ${results.length} of ${jobs.length} jobs\n${errors}`);
  return results;
}

if (process.argv[2] === "--serve" && process.argv[1] === fileURLToPath(import.meta.url)) await serve();
