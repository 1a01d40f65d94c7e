/**
 * Error intervals of the speed model, from residuals of groups left out: `npm run calibrate`.
 *
 * Parameters of the layer-after-layer engines are refitted without each fold of machines, so that
 * their residuals are of machines that no fit has seen; the serving engines' few parameters are not
 * refitted. Writes planner-data/calibration/intervals.json; `--print` only prints.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TARGET = `${ROOT}planner-data/calibration/intervals.json`;
const FOLDS = 5;
const STEPS = [0.7, 0.85, 0.95, 1.05, 1.18, 1.4];
const FITTED = {
  decode: [
    "CPU_READ_EFFICIENCY",
    "CPU_TOKEN_MS",
    "HYBRID_TOKEN_SHARE",
    "OLD_GPU_READ_EFFICIENCY",
    "OLD_LAYER_LAUNCH_MS",
    "CPU_DEPTH_MS",
    "NAIVE_SECOND_SOCKET",
  ],
  prefill: ["CPU_CORE_GFLOPS", "PLAIN_CPU_GEMM", "AMX_GEMM", "EXPERT_STREAM_RATE", "COMPUTE_EXPONENT"],
};
/** One outlier counts no more than this much of a logarithm. */
const CAP = 0.8;

const server = await createServer({
  root: ROOT,
  configFile: false,
  appType: "custom",
  logLevel: "error",
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
  optimizeDeps: { noDiscovery: true, include: [] },
});

async function main() {
  const load = (file) => server.ssrLoadModule(file);
  const data = await load("/src/planner-data.ts");
  const { residualsOf } = await load("/src/core/evidence/residuals.ts");
  const { intervalTable } = await load("/src/core/evidence/interval-statistics.ts");
  const { acceleratorsOf } = await load("/src/core/evidence/validate.ts");
  const parameters = await load("/src/core/model/step/sequential-parameters.ts");
  const records = await data.loadMeasurements();
  const suspects = await data.loadSuspects();
  const tables = new Map();
  for (const id of acceleratorsOf(records)) tables.set(id, await data.loadOpTables(id));
  // A copy of the catalog is another key to the model's caches: parameters may have changed.
  const residuals = (of) => {
    const catalog = { ...data.catalog, intervals: undefined };
    return residualsOf(of, suspects, (id) => ({ catalog, opTables: id === null ? null : tables.get(id) }));
  };
  const local = records.filter((r) => ["cpu", "hybrid", "llamacpp-gpu", "apple"].includes(r.class));
  const serving = records.filter((r) => r.class === "serving");
  const all = [...residuals(serving), ...crossValidated(local, residuals, parameters)];
  const table = intervalTable(all);
  for (const [key, c] of Object.entries(table.classes)) {
    console.log(
      `${key.padEnd(46)} ${c.low.toFixed(2)} .. ${c.high.toFixed(2)}  ${c.records} records, ${c.groups} groups`,
    );
  }
  if (!process.argv.includes("--print")) writeFileSync(TARGET, `${JSON.stringify(table, null, 2)}\n`);
}

/** Residuals of each fold of groups under parameters fitted without it. */
function crossValidated(records, residuals, parameters) {
  const start = residuals(records);
  const groups = [...new Set(start.map((r) => r.group))].sort();
  const foldOf = new Map(groups.map((group, i) => [group, i % FOLDS]));
  const kept = values(parameters);
  const result = [];
  for (const metric of ["decode", "prefill"]) {
    for (let fold = 0; fold < FOLDS; fold++) {
      const training = (of) => of.filter((r) => r.key.endsWith(metric) && foldOf.get(r.group) !== fold);
      fit(FITTED[metric], parameters, () => loss(training(residuals(records))));
      const left = residuals(records).filter((r) => r.key.endsWith(metric) && foldOf.get(r.group) === fold);
      result.push(...left);
      restore(parameters, kept);
    }
    console.log(`left-out ${metric}: ${describe(result.filter((r) => r.key.endsWith(metric)))}`);
  }
  result.push(...start.filter((r) => !/(decode|prefill)$/.test(r.key)));
  return result;
}

/** Coordinate descent in factors; machines weigh by the root of their records. */
function fit(names, parameters, objective) {
  let best = objective();
  for (let round = 0; round < 2; round++) {
    for (const name of names) {
      const parameter = parameters[name];
      const from = parameter.value;
      let value = from;
      for (const step of STEPS) {
        parameter.value = from * step;
        const now = objective();
        if (now < best - 1e-6) {
          best = now;
          value = from * step;
        }
      }
      parameter.value = value;
    }
  }
}

function loss(residuals) {
  const byGroup = new Map();
  for (const r of residuals) byGroup.set(r.group, [...(byGroup.get(r.group) ?? []), r]);
  let sum = 0;
  for (const of of byGroup.values()) {
    const mean = of.reduce((s, r) => s + Math.min(CAP, Math.abs(Math.log(r.ratio))), 0) / of.length;
    sum += mean * Math.sqrt(of.length);
  }
  return sum;
}

function values(parameters) {
  return Object.values(FITTED)
    .flat()
    .map((name) => [name, parameters[name].value]);
}

function restore(parameters, kept) {
  for (const [name, value] of kept) parameters[name].value = value;
}

function describe(residuals) {
  const errors = residuals.map((r) => Math.abs(1 / r.ratio - 1)).sort((a, b) => a - b);
  const at = (q) => `${(100 * errors[Math.floor((errors.length - 1) * q)]).toFixed(1)} %`;
  return `median ${at(0.5)}, 90th percentile ${at(0.9)}, ${errors.length} records`;
}

try {
  await main();
} finally {
  await server.close();
}
