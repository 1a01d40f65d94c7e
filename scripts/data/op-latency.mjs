/**
 * Distils raw operator latencies to planner-data/op-latency/<accelerator>.json.
 *
 *   node scripts/data/op-latency.mjs RAW_FOLDER [OUTPUT_FOLDER]
 *
 * Only DeepSeek-V3's shapes, the trusted tables of op-latency-policy.mjs, the fastest kernel of those,
 * duplicates at their minimum, holes filled, non-monotone points lowered, and no more knots than
 * interpolation in logarithms needs. Running it again writes the same bytes.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildDevice } from "./op-latency-tables.mjs";
import { findDistrusted } from "./op-latency-outliers.mjs";
import { DEVICES } from "./op-latency-policy.mjs";
import { readDevice } from "./op-latency-raw.mjs";

const SOURCE = "aiconfigurator";
const [folder, output = "planner-data/op-latency"] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node scripts/data/op-latency.mjs RAW_FOLDER [OUTPUT_FOLDER]");
  process.exit(2);
}
mkdirSync(output, { recursive: true });

const outliers = { tables: [], points: [] };
let total = 0;
for (const device of DEVICES) {
  const raw = readDevice(folder, device.file);
  const { tables, points } = buildDevice(raw, device);
  outliers.points.push(...points);
  outliers.tables.push(...findDistrusted(raw, device));
  const text = `${JSON.stringify({ accelerator: device.id, source: SOURCE, tables })}\n`;
  writeFileSync(join(output, `${device.id}.json`), text);
  const zipped = gzipSync(text, { level: 9 }).length;
  total += zipped;
  const values = tables.reduce((sum, table) => sum + table.ms.length, 0);
  console.log(
    `${device.id}: ${tables.length} tables, ${values} values, ${(zipped / 1e3).toFixed(1)} kB gzipped`,
  );
}
writeFileSync(join(output, "OUTLIERS.json"), outlierText(outliers));
console.log(`all devices: ${(total / 1e3).toFixed(1)} kB gzipped; ${outliers.points.length} outlier groups`);

/** One line an outlier, so that a change reads as a line. */
function outlierText({ tables, points }) {
  const list = (items) => items.map((item) => `  ${JSON.stringify(item)}`).join(",\n");
  return `{\n"tables": [\n${list(tables)}\n],\n"points": [\n${list(points)}\n]\n}\n`;
}
