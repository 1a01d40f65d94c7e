/**
 * Reshapes measurement records for loading on demand: planner-data/measurements/{records,suspect}.json.
 *
 *   node scripts/data/measurements.mjs <folder with records.jsonl and suspect.json>
 *
 * Keeps what a prediction needs and what was measured; sources stand once, empty fields are left out. Settings
 * that published scripts of a campaign state join its records: run-settings.mjs.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withSettings } from "./run-settings.mjs";
import { PLANNER_DATA, rawFolder, readJson, writeCompact, writeData } from "./write-data.mjs";

const raw = rawFolder("measurements.mjs", "records.jsonl and suspect.json");
const lines = readFileSync(join(raw, "records.jsonl"), "utf8").split("\n").filter(Boolean);
const rules = readJson(join(PLANNER_DATA, "measurements/run-settings.json"));
const sources = new Map();

function sourceIndex({ source, licence }) {
  const entry = JSON.stringify(licence ? { source, licence } : { source });
  if (!sources.has(entry)) sources.set(entry, sources.size);
  return sources.get(entry);
}

const isEmpty = (value) =>
  value === "" || value === undefined || (typeof value === "object" && Object.keys(value).length === 0);

function reshape(record) {
  const kept = {
    id: record.id,
    class: record.class,
    quality: record.quality,
    date: record.date,
    source: sourceIndex(record),
    engineVersion: record.engineVersion,
    plan: record.plan,
    runtime: withSettings(record, rules),
    measured: record.measured,
    phase: record.phase,
    missing: record.missing,
    notes: record.notes,
  };
  const required = new Set(["measured", "source"]);
  return Object.fromEntries(
    Object.entries(kept).filter(([key, value]) => required.has(key) || !isEmpty(value)),
  );
}

const records = lines.map((line) => JSON.stringify(reshape(JSON.parse(line))));
writeCompact(
  "measurements/records.json",
  `{"sources":[\n${[...sources.keys()].join(",\n")}\n],"records":[\n${records.join(",\n")}\n]}\n`,
);

/** Kinds of suspicion in the order of the list's own wording. */
const KINDS = {
  "TTFT above draining every prompt at 5 % of peak": "ttft-beyond-queue",
  "the same plan, different results": "same-plan-differs",
  "decode far below the memory bound": "decode-far-from-bound",
  "TTFT falls along a sweep": "ttft-falls",
  "total against output": "totals-disagree",
  "throughput against latencies": "latency-disagrees",
  "a short prompt slower than a long one": "short-prompt-slower",
};
const suspects = Object.entries(readJson(join(raw, "suspect.json"))).map(([id, reasons]) => [
  id,
  reasons.map((reason) => {
    const kind = KINDS[reason];
    if (!kind) throw new Error(`${id}: no kind for "${reason}"`);
    return kind;
  }),
]);
await writeData("measurements/suspect.json", Object.fromEntries(suspects));
console.log(`${records.length} records from ${sources.size} sources`);
