/**
 * `npm run calibrate`: fits the model's parameters to planner-data/measurements, judges them on records
 * that the fit did not see, and writes
 *   planner-data/calibration/parameters.json and src/core/model/fitted-values.ts   (the same numbers)
 *   planner-data/calibration/intervals.json                                        (80 % error intervals)
 *   docs/accuracy.md                                                               (errors by class)
 * Every fit begins at stated starting values: running it again changes nothing. `--print` writes nothing.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import * as prettier from "prettier";
import { say } from "./log.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

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
  const { acceleratorsOf, validateRecords } = await load("/src/core/evidence/validate.ts");
  const { unseenReport } = await load("/src/core/evidence/calibration/unseen-report.ts");
  const { calibrationRows } = await load("/src/core/evidence/calibration/rows.ts");
  const { calibrate, keptFacts, ratios } = await load("/src/core/evidence/calibration/calibrate.ts");
  const holdOut = await load("/src/core/evidence/calibration/hold-out.ts");
  const { intervalsOf } = await load("/src/core/evidence/calibration/coverage.ts");
  const { accuracyReport } = await load("/src/core/evidence/calibration/accuracy-report.ts");
  const written = await load("/src/core/evidence/calibration/written.ts");

  const records = await data.loadMeasurements();
  const suspects = await data.loadSuspects();
  const tables = new Map();
  for (const id of acceleratorsOf(records)) tables.set(id, await data.loadOpTables(id));
  const factsWith = (tableOf) =>
    keptFacts(() => {
      // copies are other keys to the model's caches, whose entries hold earlier parameters
      const accelerators = new Map([...data.catalog.accelerators].map(([id, a]) => [id, { ...a }]));
      const catalog = { ...data.catalog, accelerators, intervals: undefined };
      return (id) => ({ catalog, opTables: id === null ? null : tableOf(id) });
    });
  const facts = factsWith((id) => tables.get(id) ?? null);

  const rows = calibrationRows(records, suspects, facts());
  say(`${records.length} records, ${rows.length} figures`);
  const blocks = calibrate(rows, facts);
  for (const { name, parameters } of blocks) {
    say(`\n${name}: ${parameters[0]?.records ?? 0} records`);
    for (const { parameter, value, interval } of parameters) {
      say(`  ${parameter.name.padEnd(26)} ${value}  [${interval.join(", ")}] ${parameter.unit}`);
    }
  }
  await write({
    "planner-data/calibration/parameters.json": JSON.stringify(written.parametersFile(blocks)),
    "src/core/model/fitted-values.ts": written.valuesModule(blocks),
  });
  const seen = [...ratios(rows, facts)];
  const bare = factsWith(() => null);
  const heldOut = {
    all: seen,
    source: holdOut.heldOutRatios(rows, holdOut.bySource, facts),
    layout: holdOut.heldOutRatios(rows, holdOut.byLayout(rows), facts),
    accelerator: holdOut.heldOutRatios(rows, holdOut.byAccelerator, facts),
    withoutTables: holdOut.heldOutRatios(rows, holdOut.byAccelerator, bare),
  };
  const intervals = intervalsOf(rows, heldOut.source);
  const later = await data.loadUnseenMeasurements();
  const accelerators = new Map([...data.catalog.accelerators].map(([id, a]) => [id, { ...a }]));
  const judged = validateRecords(later, () => ({
    catalog: { ...data.catalog, accelerators, intervals },
    opTables: null,
  }));
  const unseen = unseenReport(later, judged.rows);
  const report = accuracyReport({ suspects, rows, heldOut, intervals, blocks, unseen });
  say(`\n${report}`);
  await write({
    "planner-data/calibration/intervals.json": JSON.stringify(intervals),
    "docs/accuracy.md": report,
  });
}

async function write(files) {
  if (process.argv.includes("--print")) return;
  for (const [path, content] of Object.entries(files)) {
    const options = await prettier.resolveConfig(`${ROOT}${path}`);
    writeFileSync(`${ROOT}${path}`, await prettier.format(content, { ...options, filepath: path }));
  }
}

try {
  await main();
} finally {
  await server.close();
}
