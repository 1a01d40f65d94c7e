// @ts-check
/**
 * `npm run bench`: how long one evaluation takes, warm, in Node, and what the built page needs for its
 * first paint and for an edit. Times are also given in units of a fixed loop, so that machines compare.
 */
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { importBundled } from "./bundle.mjs";
import { say } from "./log.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OUT = join(ROOT, ".cache", "bench");
const WARM_CALLS = 2000;
const TIMED_CALLS = 4000;

const PLANS = {
  "SGLang FP8, 8 x H200": {},
  "SGLang FP8, 8 x H200, DP 8 EP 8": { layout: { tp: 8, dpAttention: 8, ep: 8 } },
  "vLLM FP8, 2 x 8 x H100, TP 16": {
    engine: "vllm",
    cluster: { accelerator: "h100-sxm", acceleratorsPerNode: 8, nodes: 2 },
    layout: { tp: 16 },
  },
  "TensorRT-LLM NVFP4, 8 x B200": {
    engine: "tensorrt-llm",
    weights: "nvfp4",
    cluster: { accelerator: "b200-sxm", acceleratorsPerNode: 8, nodes: 1 },
    layout: { tp: 8, ep: 8 },
  },
  "llama.cpp Q4_K_M, 8 x A100": {
    engine: "llama.cpp",
    weights: "gguf:Q4_K_M",
    cluster: { accelerator: "a100-80-sxm", acceleratorsPerNode: 8, nodes: 1 },
    layout: { tp: 1, pp: 8 },
  },
  "llama.cpp Q4_K_M, RTX 4090 + CPU": {
    engine: "llama.cpp",
    weights: "gguf:Q4_K_M",
    cluster: {
      accelerator: "rtx-4090",
      acceleratorsPerNode: 1,
      nodes: 1,
      host: "epyc-9004-2s",
      hostMemoryGiB: 768,
    },
    layout: { tp: 1, pp: 1, experts: "cpu" },
  },
};

/** @param {readonly number[]} values @param {number} share */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** One million dependent multiply-adds: what "one" is on this machine, now. */
function referenceMs() {
  const times = [];
  let x = 1;
  for (let run = 0; run < 60; run++) {
    const started = performance.now();
    for (let i = 0; i < 1_000_000; i++) x = x * 0.999_999 + 1e-6;
    times.push(performance.now() - started);
  }
  if (!Number.isFinite(x)) throw new Error("the reference loop diverged");
  return quantile(times, 0.5);
}

/** @returns {Promise<typeof import("./bench-entry.ts")>} */
const bundle = () => importBundled(ROOT, "bench-entry.ts", OUT);

/** The number of users differs from call to call, so that no cache can answer for the model. */
/** @param {typeof import("./bench-entry.ts")} core @param {object} changes */
async function measureEvaluate(core, changes) {
  const { plan: base, facts } = await preparePlan(core, changes);
  const plans = Array.from({ length: 256 }, (_, users) => ({
    ...base,
    workload: { ...base.workload, concurrency: users + 1 },
  }));
  const at = /** @param {number} call */ (call) => plans[(call * 37) % plans.length] ?? base;
  for (let call = 0; call < WARM_CALLS; call++) core.evaluate(at(call), facts);
  const times = [];
  for (let call = 0; call < TIMED_CALLS; call++) {
    const plan = at(call);
    const started = performance.now();
    core.evaluate(plan, facts);
    times.push(performance.now() - started);
  }
  return { median: quantile(times, 0.5), p95: quantile(times, 0.95) };
}

/** @param {typeof import("./bench-entry.ts")} core @param {object} changes */
async function preparePlan(core, changes) {
  const parsed = core.parsePlan({ ...core.EXAMPLE_PLAN, ...changes }, core.vocabularyOf(core.catalog));
  if (!parsed.ok) throw new Error(`${parsed.error.path}: ${parsed.error.problem}`);
  const accelerator = parsed.value.cluster.accelerator;
  const opTables = accelerator === undefined ? null : await core.loadOpTables(accelerator);
  return { plan: parsed.value, facts: { catalog: core.catalog, opTables } };
}

/** @param {() => unknown} work @param {number} warm @param {number} timed */
function timeCalls(work, warm, timed) {
  for (let call = 0; call < warm; call++) work();
  const times = [];
  for (let call = 0; call < timed; call++) {
    const started = performance.now();
    work();
    times.push(performance.now() - started);
  }
  return { median: quantile(times, 0.5), p95: quantile(times, 0.95) };
}

/** @param {typeof import("./bench-entry.ts")} core @param {object} changes */
async function kitWork(core, changes) {
  const { plan, facts } = await preparePlan(core, changes);
  const estimate = core.evaluate(plan, facts);
  const flags = /** @type {any} */ (await core.loadEngineFlags(plan.engine));
  const type = core.ggufFileType(plan.weights);
  const model = core.catalog.models.get(plan.model);
  return () => {
    const options = { imatrix: false, mtpLayer: false };
    const manifest =
      type && model ? core.buildManifest(model.architecture, plan.model, type, options) : undefined;
    const link = core.planToLink(plan);
    const input = { plan, estimate, catalog: core.catalog, flags, link };
    const kit = core.compileKit(manifest ? { ...input, manifest } : input);
    if (!kit.ok) throw new Error(`${kit.error.path}: ${kit.error.problem}`);
    return core.zipKit(kit.value);
  };
}

const core = await bundle();
const reference = referenceMs();
say(
  `Node ${process.version}, ${cpus()[0]?.model ?? "unknown CPU"}, reference loop ${reference.toFixed(3)} ms\n`,
);
say(`${"evaluate, warm".padEnd(36)}  median ms   p95 ms  median / reference`);
for (const [name, changes] of Object.entries(PLANS)) {
  const { median, p95 } = await measureEvaluate(core, changes);
  const columns = [
    median.toFixed(4).padStart(9),
    p95.toFixed(4).padStart(7),
    (median / reference).toFixed(3).padStart(18),
  ];
  say(`${name.padEnd(36)}  ${columns.join("  ")}`);
}

say(`\n${"other work, warm".padEnd(36)}  median ms   p95 ms`);
/** @type {(name: string, work: () => unknown, warm: number, timed: number) => void} */
const report = (name, work, warm, timed) => {
  const { median, p95 } = timeCalls(work, warm, timed);
  say(`${name.padEnd(36)}  ${median.toFixed(4).padStart(9)}  ${p95.toFixed(4).padStart(7)}`);
};
const example = await preparePlan(core, {});
const short = await preparePlan(core, {
  cluster: { accelerator: "h100-sxm", acceleratorsPerNode: 8, nodes: 1 },
});
report("memory alone", () => core.estimateMemory(example.plan, core.catalog), 2000, 4000);
report("nearest plans of 8 x H100 FP8", () => core.findNearbyPlans(short.plan, short.facts, 5), 20, 100);
report("kit and zip, SGLang", await kitWork(core, {}), 5, 30);
report("kit and zip, Q4_K_M manifest", await kitWork(core, PLANS["llama.cpp Q4_K_M, 8 x A100"]), 3, 15);

if (process.argv.includes("--no-page")) process.exit(0);
const { measurePage } = await import("./bench-page.mjs");
const { loads, edits } = await measurePage(ROOT, {
  example: (users) =>
    core.planToLink({
      ...core.EXAMPLE_PLAN,
      workload: { ...core.EXAMPLE_PLAN.workload, concurrency: users },
    }),
});
/** @param {string} name @param {readonly number[]} values */
const line = (name, values) =>
  say(
    `${name.padEnd(36)}  ${quantile(values, 0.5).toFixed(1).padStart(9)}  ${quantile(values, 0.95).toFixed(1).padStart(7)}`,
  );
say(`\n${"page, built site".padEnd(36)}  median ms   p95 ms`);
line(
  "first contentful paint",
  loads.map(({ paintMs }) => paintMs),
);
line(
  "first verdict",
  loads.map(({ verdictMs }) => verdictMs),
);
line(
  "edit to repaint",
  edits.example.address.map(({ paintedMs }) => paintedMs),
);
line(
  "edit to figures",
  edits.example.address.map(({ figuresMs }) => figuresMs),
);
say(`scripts loaded by the page: ${Math.round((loads[0]?.scriptBytes ?? 0) / 1000)} kB before compression`);
