/** Records as the evidence view shows them. */
import type { Catalog } from "../src/core/domain/catalog.ts";
import type { MeasurementRecord } from "../src/core/domain/measurement.ts";
import type { EngineId } from "../src/core/domain/plan.ts";
import { completePlan } from "../src/core/evidence/complete-plan.ts";
import { completeTraining } from "../src/core/evidence/complete-training.ts";
import { number, object, text } from "../src/core/evidence/record-facts.ts";
import { formatCount } from "../src/core/units/format.ts";
import type { EvidenceClass, EvidenceRecord } from "./evidence-api.ts";

const CLASSES: Readonly<Record<MeasurementRecord["class"], EvidenceClass>> = {
  serving: "gpu",
  "llamacpp-gpu": "llamacpp",
  cpu: "host",
  hybrid: "host",
  apple: "apple",
  "slice-llamacpp": "slice",
  "slice-lora": "training",
  training: "training",
  "engine-memory": "memory",
};

/** Serving over several nodes or on both sides of a disaggregated plan is a class of its own. */
export function evidenceClass(record: MeasurementRecord): EvidenceClass {
  const plan = object(record.plan);
  const apart = object(plan["layout"])["disaggregated"];
  const nodes = number(object(plan["cluster"])["nodes"]) ?? 1;
  const spread = nodes > 1 || (apart !== undefined && apart !== null);
  return record.class === "serving" && spread ? "multi-node" : CLASSES[record.class];
}

export function evidenceRecord(
  record: MeasurementRecord,
  catalog: Catalog,
  suspicions: readonly string[],
): EvidenceRecord {
  const trains = object(record.plan)["goal"] === "finetune";
  const completed = trains ? completeTraining(record, catalog) : completePlan(record, catalog);
  const engine = text(object(record.plan)["engine"]) ?? "unknown";
  const name = catalog.engines.get(engine as EngineId)?.name ?? engine;
  const { id, quality, date, source, engineVersion, notes, missing } = record;
  return {
    id,
    class: evidenceClass(record),
    quality,
    date,
    source,
    engine: name,
    engineVersion: bareVersion(name, engineVersion),
    run: runWords(record, catalog),
    notes,
    suspicions,
    assumptions: completed.ok ? completed.value.assumptions : [],
    missing: [...missing],
  };
}

/** Some records write the engine's name before its version. */
function bareVersion(engine: string, version: string): string {
  const bare = version.toLowerCase().startsWith(`${engine.toLowerCase()} `)
    ? version.slice(engine.length).trim()
    : version;
  return bare === "" ? "version unknown" : bare;
}

function runWords(record: MeasurementRecord, catalog: Catalog): string {
  const plan = object(record.plan);
  const { inputTokens, outputTokens, concurrency } = object(plan["workload"]);
  const users = number(concurrency);
  const [input, output] = [number(inputTokens), number(outputTokens)];
  const parts = [machineWords(record, catalog), weightsWords(plan["weights"])];
  if (users !== undefined) parts.push(`${formatCount(users)} user${users === 1 ? "" : "s"}`);
  if (input !== undefined) parts.push(`${formatCount(input)} in`);
  if (output !== undefined) parts.push(`${formatCount(output)} out`);
  return parts.filter((part) => part !== "").join(", ");
}

const weightsWords = (weights: unknown): string =>
  (text(weights) ?? "")
    .replace(/^gguf:/, "")
    .replace(/^(fp8|bf16|nvfp4|mxfp4|int8)$/, (id) => id.toUpperCase());

function machineWords(record: MeasurementRecord, catalog: Catalog): string {
  const cluster = object(object(record.plan)["cluster"]);
  const accelerator = text(cluster["accelerator"]);
  const host = text(cluster["host"]);
  const each = number(cluster["acceleratorsPerNode"]) ?? 0;
  const count = each * (number(cluster["nodes"]) ?? 1);
  const runtime = object(record.runtime);
  const gpu =
    accelerator === undefined
      ? text(runtime["acceleratorName"])
      : (catalog.accelerators.get(accelerator)?.shortName ?? accelerator);
  const cpu =
    (host === undefined ? undefined : catalog.hosts.get(host)?.name) ??
    text(runtime["hostName"]) ??
    undefined;
  if (count > 0 && gpu !== undefined) return `${count} × ${gpu}`;
  return cpu ?? gpu ?? "machine unknown";
}
