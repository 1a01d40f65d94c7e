// @ts-check
/**
 * `npm run bench:search`: how fast the search decides candidates, on one core and on two workers, cold and
 * warm, with the time to its first rows; and how long levers and the frontier of a plan take.
 *
 * CPU time counts what this process spent, so that other work on the machine does not show as slowness.
 */
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { bundleForNode } from "./bundle.mjs";
import { say } from "./log.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OUT = join(ROOT, ".cache", "bench-search");
const ENTRY = join(OUT, "bundle.mjs");
const QUERY = {
  version: 1,
  model: "deepseek-v3-0324",
  workload: { inputTokens: 1024, outputTokens: 1024, concurrency: 64 },
};
const QUERIES = {
  "64 users, 50 ms, 2 s": { ...QUERY, slo: { tpotMs: 50, ttftMs: 2000 } },
  "and at most $100 an hour": { ...QUERY, slo: { tpotMs: 50, ttftMs: 2000 }, budget: { usdPerHour: 100 } },
  "no limits": QUERY,
};
const ROUNDS = 4;

/** @returns {Promise<typeof import("./search-entry.ts")>} */
const load = () => import(pathToFileURL(ENTRY).href);

/** @param {typeof import("./search-entry.ts")} core */
async function factsOf(core) {
  const opTables = new Map();
  for (const id of core.catalog.accelerators.keys()) {
    const tables = await core.loadOpTables(id);
    if (tables !== null) opTables.set(id, tables);
  }
  return { catalog: core.catalog, opTables };
}

/** @param {typeof import("./search-entry.ts")} core @param {unknown} input */
function queryOf(core, input) {
  const parsed = core.parseSearchQuery(input, core.vocabularyOf(core.catalog));
  if (!parsed.ok) throw new Error(`${parsed.error.path}: ${parsed.error.problem}`);
  return parsed.value;
}

/** One core: cold is the first search of a process. */
async function oneCore() {
  const core = await load();
  const facts = await factsOf(core);
  say(
    `${"one core".padEnd(28)}  ${"candidates".padStart(10)}  rows    wall ms  CPU ms  first rows ms  candidates/s of CPU`,
  );
  for (const [name, input] of Object.entries(QUERIES)) {
    const query = queryOf(core, input);
    for (let round = 0; round < ROUNDS; round++) {
      const label = `${name}${round === 0 ? " (first)" : ""}`;
      if (round > 0 && round < ROUNDS - 1) {
        await core.searchAll(query, facts);
        continue;
      }
      const cpu = process.cpuUsage();
      const started = performance.now();
      let first = 0;
      let tried = 0;
      let rows = 0;
      /** @type {import("../src/core/domain/search.ts").SearchColumns[]} */
      const columns = [];
      const batches = core.search(query, facts);
      let next = await batches.next();
      for (; !next.done; next = await batches.next()) {
        if (first === 0 && next.value.rows.length > 0) first = performance.now() - started;
        tried = next.value.progress.tried;
        rows = next.value.progress.feasible;
        columns.push(next.value.rows);
      }
      core.mergeParts(core.enumerateSpace(query, core.catalog), [{ rows: columns, tally: next.value }]);
      const wall = performance.now() - started;
      const spent = process.cpuUsage(cpu);
      const cpuMs = (spent.user + spent.system) / 1e3;
      const cells = [
        String(tried).padStart(10),
        String(rows).padEnd(6),
        wall.toFixed(0).padStart(8),
        cpuMs.toFixed(0).padStart(6),
        first.toFixed(0).padStart(13),
        Math.round((tried / cpuMs) * 1e3)
          .toLocaleString("en-US")
          .padStart(19),
      ];
      say(`${label.padEnd(28)}  ${cells.join("  ")}`);
    }
  }
  planFigures(core, facts);
}

/** @param {typeof import("./search-entry.ts")} core @param {Awaited<ReturnType<typeof factsOf>>} facts */
function planFigures(core, facts) {
  /** @param {() => unknown} task */
  const median = (task) => {
    const times = Array.from({ length: 60 }, () => {
      const started = performance.now();
      task();
      return performance.now() - started;
    }).sort((a, b) => a - b);
    return (times[30] ?? 0).toFixed(2).padStart(8);
  };
  say(`\n${"of the example plan".padEnd(28)}  median ms`);
  say(`${"levers".padEnd(28)}  ${median(() => core.findLevers(core.EXAMPLE_PLAN, facts, 3))}`);
  say(`${"frontier".padEnd(28)}  ${median(() => core.frontier(core.EXAMPLE_PLAN, facts))}`);
}

/** Two workers, each with half of the space; the page does the same. */
async function twoCores() {
  say(`\n${"two workers".padEnd(28)}  wall ms, first and last of ${ROUNDS} rounds`);
  const workers = [0, 1].map((part) => new Worker(fileURLToPath(import.meta.url), { workerData: { part } }));
  /** @param {Worker} worker @param {unknown} [message] @returns {Promise<any>} */
  const ask = (worker, message) =>
    new Promise((resolve) => {
      worker.once("message", resolve);
      if (message !== undefined) worker.postMessage(message);
    });
  await Promise.all(workers.map((worker) => ask(worker)));
  const core = await load();
  for (const [name, input] of Object.entries(QUERIES)) {
    const times = [];
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now();
      const parts = await Promise.all(workers.map((worker) => ask(worker, input)));
      core.mergeParts(core.enumerateSpace(queryOf(core, input), core.catalog), parts);
      times.push(performance.now() - started);
    }
    say(`${name.padEnd(28)}  ${(times[0] ?? 0).toFixed(0)}, ${(times.at(-1) ?? 0).toFixed(0)}`);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
}

async function serve() {
  const core = await load();
  const facts = await factsOf(core);
  parentPort?.on("message", (input) => {
    void core
      .runPart(queryOf(core, input), facts, { part: workerData.part, parts: 2 })
      .then((part) => parentPort?.postMessage(part));
  });
  parentPort?.postMessage("ready");
}

if (isMainThread) {
  await bundleForNode(ROOT, "search-entry.ts", OUT);
  say(`Node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? "unknown CPU"}\n`);
  await oneCore();
  await twoCores();
} else {
  await serve();
}
