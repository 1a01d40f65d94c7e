/** Why a prediction may be far from its measurement: what the record itself gives away. */
import type { MeasurementRecord, ValidationRow } from "../domain/measurement.ts";
import { number, object, text } from "./record-facts.ts";

/** Kinds of suspicion, as planner-data/measurements/suspect.json names them, in words. */
const SUSPICION: Readonly<Record<string, string>> = {
  "ttft-beyond-queue": "the first token took longer than its queue can explain",
  "ttft-falls": "the first token came sooner under more load",
  "short-prompt-ttft": "the prompt is too short to time",
  "latency-disagrees": "its latencies do not add up",
  "totals-disagree": "its totals do not add up",
  "decode-far-from-bound": "far below what the machine can read",
  "same-plan-differs": "the same plan was measured quite differently",
};
const ABOUT_TTFT = /^(ttft|short-prompt)/;

/** Facts that a record may lack, in the words of people. */
const FACTS: Readonly<Record<string, string>> = {
  kvCache: "the cache's type",
  threads: "the threads",
  lengthSpread: "how lengths vary",
  acceptanceLength: "how many drafts are accepted",
  maxRunningRequests: "the batch limit",
  engineVersion: "the engine's version",
  concurrency: "the load",
  hostMemoryBandwidth: "the memory bandwidth",
  hostMemoryGiB: "the host's memory",
  dpAttention: "attention parallelism",
  ep: "expert parallelism",
  fabric: "the network",
  ubatch: "the micro-batch",
  accelerator: "which accelerator",
  acceleratorsPerNode: "how many accelerators",
  nodes: "how many nodes",
  tp: "tensor parallelism",
  "prefill.tp": "tensor parallelism of prefill",
  "decode.tp": "tensor parallelism of decode",
  "prefill.gpus": "the GPUs of prefill",
  "decode.gpus": "the GPUs of decode",
  speculative: "whether it drafts",
  weights: "the weights' format",
  weightsBytes: "the size of its own mix",
  expertsOnGpuLayers: "which experts lie on GPUs",
  engine: "the engine",
  model: "the model",
  date: "the date",
  microBatch: "the micro-batch",
  pp: "the pipeline",
  recomputation: "what is recomputed",
  sequenceLength: "the length of sequences",
  "reinforcement learning": "a model of reinforcement learning",
  "forward pass alone": "a model of a forward pass alone",
  "adapters on fused experts": "a model of adapters on fused experts",
};
const GOAL = /^goal (\S+) is not modelled/;

export function factWords(name: string): string {
  const goal = GOAL.exec(name)?.[1];
  return goal === undefined
    ? (FACTS[name] ?? name)
    : `a model of ${goal === "finetune" ? "fine-tuning" : goal}`;
}

const BLACKWELL = /^(b200|b300|gb200|gb300)/;
/** SGLang ran on Blackwell with kernels made ahead from about here on. */
const COMPILED_BEFORE = "2025-12";

/** What delays first tokens that a run's record gives away. */
function slowFirstToken(record: MeasurementRecord): string | undefined {
  const { cluster, layout, engine } = record.plan as Record<"cluster" | "layout" | "engine", unknown>;
  const accelerator = text(object(cluster)["accelerator"]) ?? "";
  if (engine === "sglang" && BLACKWELL.test(accelerator) && record.date < COMPILED_BEFORE) {
    return "a build that compiled its kernels for Blackwell while it ran";
  }
  const pools = object(object(layout)["disaggregated"]);
  const stated = number(object(record.runtime)["maxRunningRequests"]) !== undefined;
  return Object.keys(pools).length > 0 && !stated
    ? "the record omits how many requests a decode instance takes"
    : undefined;
}

const listed = (names: readonly string[]): string => {
  const words = names.slice(0, 2).map(factWords);
  const more = names.length - words.length;
  return more > 0 ? `${words.join(", ")} and ${more} more` : words.join(" and ");
};

/**
 * The likeliest reason for a miss, strongest first: a suspicion about the record, what delays first tokens, a weak source, what the
 * run did not say, an engine that no calibration reaches, what was assumed of it. `early`: a build from
 * before the engine was made for this model.
 *
 * Leaves   it unknown where the record gives nothing away: the model itself is then the suspect.
 */
export function likelyCause(
  record: MeasurementRecord,
  row: Pick<ValidationRow, "metric" | "basis">,
  suspicions: readonly string[],
  assumptions: readonly string[],
  early = false,
): string {
  const kind = suspicions.find((name) => !ABOUT_TTFT.test(name) || row.metric === "ttftMs");
  if (kind !== undefined) return SUSPICION[kind] ?? kind.replaceAll("-", " ");
  const delay = row.metric === "ttftMs" ? slowFirstToken(record) : undefined;
  if (delay !== undefined) return delay;
  if (early) return "an engine build of early 2025, since reworked";
  if (record.quality === "C") return "a secondary or partial source";
  if (record.missing.length > 0) return `the record omits ${listed(record.missing)}`;
  if (row.basis === "extrapolated") return "beyond what the model is calibrated on";
  if (assumptions.length > 0) return `assumed: ${assumptions[0] ?? ""}`;
  if (record.notes !== "") return `note: ${record.notes}`;
  return "unknown: the record gives nothing away";
}
