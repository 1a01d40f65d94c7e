// @ts-check
/**
 * `npm run test:kits`: kits that run. A model of this architecture in 24 MB goes the whole way through the kit's
 * own scripts with llama.cpp's own programs: converted, quantized, split, verified, served, asked, measured.
 * Builds the programs on first use (.cache/llama-cpp). Ends with `N passed, N failed` alone on a line.
 *
 * FATHOM_CONVERTER names a Python with llama.cpp's requirements (torch, transformers): then convert.sh runs too,
 * from an FP8 checkpoint, and what fine-tuning leaves goes through export.sh as adapter and merged; without, the
 * 16-bit file is written as the converter would leave it.
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";
import { writeTinyModel } from "../test/llama-cpp/tiny-model.mjs";
import { writeTinyCheckpoint } from "./kits/tiny-checkpoint.mjs";
import { buildTools, sourceFolder, whyNot } from "./kits/llama-tools.mjs";
import { runTuned } from "./kits/tuned-model.mjs";
import { linkConverter, unpackKit } from "./kits/unpack.mjs";
import { say } from "./log.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CONVERTER = process.env["FATHOM_CONVERTER"];
/** A step of a 24 MB model that takes longer hangs. */
const STEP_LIMIT_MS = 300_000;

const counts = { passed: 0, failed: 0 };

/** @param {string} what @param {boolean} good @param {string} [more] */
function judge(what, good, more = "") {
  counts[good ? "passed" : "failed"] += 1;
  say(`  ${good ? "ok    " : "FAILED"}  ${what}`);
  if (!good && more !== "") say(more.trimEnd().replace(/^/gm, "          "));
  return good;
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** A kit as its user has it: unpacked, with serve/env filled in. @param {any} kit @param {number} port */
function unpack(kit, port) {
  const folder = unpackKit(kit, "fathom-kit-");
  const env = join(folder, "serve/env");
  const settled = readFileSync(env, "utf8")
    .replaceAll(/=\/srv\/models\/[^/\n]*/g, `=${folder}/model`)
    .replace(/^LLAMA_CPP_DIR=.*/m, `LLAMA_CPP_DIR=${sourceFolder(ROOT)}`)
    .replace(/^PORT=.*/m, `PORT=${port}`);
  writeFileSync(env, settled);
  return folder;
}

class Run {
  /** @param {string} folder @param {string} bin */
  constructor(folder, bin) {
    this.folder = folder;
    this.env = {
      ...process.env,
      PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      RESULT_DIR: folder,
      SMOKE_EXPECT: "",
      SMOKE_LIMIT: "240",
    };
  }

  /** Runs one of the kit's scripts and says how long it took. @param {string} script @param {string[]} args */
  step(script, ...args) {
    const started = performance.now();
    const done = spawnSync("bash", [join(this.folder, script), ...args], {
      cwd: this.folder,
      env: this.env,
      encoding: "utf8",
      timeout: STEP_LIMIT_MS,
    });
    const output = `${done.stdout}${done.stderr}`;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const passed = judge(`${script} (${seconds} s)`, done.status === 0, output.slice(-3000));
    return { passed, output };
  }

  /** Starts serve.sh; the server is what it execs. Its log is a file: a pipe would fill while a step is waited for. */
  serve() {
    const path = join(this.folder, "server.log");
    const log = openSync(path, "w");
    const child = spawn("bash", [join(this.folder, "serve/serve.sh")], {
      cwd: this.folder,
      env: this.env,
      stdio: ["ignore", log, log],
    });
    const ended = new Promise((resolve) => child.on("close", resolve));
    return {
      log: () => readFileSync(path, "utf8"),
      stop: async () => {
        child.kill("SIGTERM");
        const code = await ended;
        closeSync(log);
        return code;
      },
    };
  }
}

/** The 16-bit file, by the kit's convert.sh where a converter is at hand. @param {Run} run @param {any} tiny */
function makeSource(run, tiny) {
  const model = join(run.folder, "model");
  mkdirSync(join(model, "work"), { recursive: true });
  if (CONVERTER) {
    writeTinyCheckpoint(join(model, "checkpoint"), tiny.architecture, tiny.checkpointTensors);
    const bin = join(run.folder, "bin");
    linkConverter(bin);
    run.env.PATH = `${bin}:${run.env.PATH}`;
    return run.step("convert/convert.sh").passed;
  }
  const bytes = writeTinyModel([join(model, "work/model-16bit.gguf")], tiny.sourceTensors);
  return judge(`16-bit file written by the test: ${bytes} bytes, no converter here`, bytes > 24e6);
}

/** @param {Run} run */
async function serveAndAsk(run) {
  const server = run.serve();
  const smoke = run.step("smoke.sh");
  if (smoke.passed) say(smoke.output.trimEnd().replace(/^/gm, "          "));
  else say(server.log().slice(-3000));
  judge(
    "serve.sh: the server ends when it is told to",
    (await server.stop()) === 0,
    server.log().slice(-2000),
  );
}

/** @param {Run} run @param {any} parseRecords */
function measure(run, parseRecords) {
  const bench = run.step("bench.sh");
  if (!bench.passed) return;
  const shown = bench.output.slice(bench.output.indexOf("metric "));
  say(shown.trimEnd().replace(/^/gm, "          "));
  const path = join(run.folder, "fathom-records.jsonl");
  const parsed = parseRecords(readFileSync(path, "utf8"));
  judge("bench.sh left a record that Fathom reads", parsed.ok && parsed.value.length === 1);
  const cli = join(ROOT, "dist/cli/fathom.js");
  if (!existsSync(cli)) return;
  const done = spawnSync(process.execPath, [cli, "validate", path, "--json"], { encoding: "utf8" });
  const report = done.status === 0 ? JSON.parse(done.stdout) : { rows: [] };
  judge("fathom validate sets it beside its prediction", report.rows.length > 0, done.stdout + done.stderr);
}

/** @param {any} tiny @param {string} bin @param {any} parseRecords */
async function runKit(tiny, bin, parseRecords) {
  say(`\n── ${tiny.name}`);
  const folder = unpack(tiny.kit, await freePort());
  try {
    const run = new Run(folder, bin);
    if (!makeSource(run, tiny)) return;
    const text = join(folder, "calibration.txt");
    writeFileSync(text, "the inner thing in the other theater: an anthem, then another hint. ".repeat(150));
    if (tiny.imatrix) run.step("convert/imatrix.sh", text);
    const made = ["convert/quantize.sh", "convert/split.sh"].every((script) => run.step(script).passed);
    if (!made) return;
    const verdict = run.step("convert/verify.sh");
    judge(`verify.sh: ${verdict.output.trim()}`, /^PASS {2}70 of 70 tensors/m.test(verdict.output));
    await serveAndAsk(run);
    measure(run, parseRecords);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main() {
  const reason = whyNot();
  if (reason !== undefined) {
    say(`skipped: ${reason}`);
    say("\n0 passed, 0 failed");
    return 0;
  }
  const started = performance.now();
  const bin = await buildTools(ROOT);
  say(`llama.cpp's programs are there after ${((performance.now() - started) / 1000).toFixed(0)} s`);
  const load = async (/** @type {string} */ path) => (await runnerImport(`./src/core/${path}.ts`)).module;
  const { TINY_RUNS } = await load("kit/fixtures/tiny-runs");
  const { parseRecords } = await load("catalog/parse-records");
  for (const tiny of TINY_RUNS) await runKit(tiny, bin, parseRecords);
  if (CONVERTER) {
    say("\n── LoRA: an adapter file, and merged");
    const { TINY_TUNED } = await load("kit/finetune/testing/tiny-tuned");
    const source = sourceFolder(ROOT);
    runTuned(TINY_TUNED, { bin, source, limit: STEP_LIMIT_MS, judge });
  }
  say(`\n${((performance.now() - started) / 1000).toFixed(0)} s in all`);
  say(`\n${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

process.exitCode = await main();
