/** Every field of the plan document, for the editor that shows them all. */
import { PLAN_VERSION, type Plan } from "../../core/domain/plan.ts";
import { formatNumber, formatTokensShort } from "../../core/units/format.ts";
import { parseQuantity, type QuantityKind } from "../../core/units/parse-quantity.ts";
import { splitsLayers } from "./adapt-plan.ts";
import {
  cacheChoices,
  engineChoices,
  expertChoices,
  named,
  plainChoices,
  TARGETS,
  weightsChoices,
  type Choices,
} from "./field-choices.ts";
import { OWN_FIELDS } from "./own-fields.ts";

export interface Field {
  /** As a Problem names it. */
  readonly path: string;
  readonly label: string;
  /** A share is a ratio that people read in percent. */
  readonly kind: "choice" | "boolean" | "text" | "share" | QuantityKind;
  /** Shown after the number. */
  readonly unit?: string;
  readonly choices?: Choices;
}

export interface FieldGroup {
  readonly name: string;
  readonly fields: readonly Field[];
  /** Why the group changes nothing in this plan; null where it does. */
  readonly idle?: (plan: Plan) => string | null;
}

const field = (path: string, label: string, kind: Field["kind"], unit?: string): Field => ({
  path,
  label,
  kind,
  ...(unit === undefined ? {} : { unit }),
});
const choice = (path: string, label: string, choices: Choices): Field => ({
  path,
  label,
  kind: "choice",
  choices,
});
const fixed = (path: string, label: string, values: readonly string[]): Field =>
  choice(path, label, () => plainChoices(values));

const INSTANCE = ["gpus", "tp", "pp", "dpAttention", "ep"];

export const FIELD_GROUPS: readonly FieldGroup[] = [
  {
    name: "Model",
    fields: [
      choice("model", "model", (directory) => named(directory.models)),
      choice("weights", "weights", weightsChoices),
      choice("kvCache", "KV cache type", cacheChoices),
      choice("engine", "engine", engineChoices),
      choice("options.engineVersion", "engine version", (directory, plan) =>
        plainChoices(directory.engines.find(({ id }) => id === plan.engine)?.versions ?? []),
      ),
      fixed("speculative", "drafts", ["off", "mtp1", "mtp2", "mtp3", "mtp4", "mtp5"]),
      field("options.acceptanceLength", "tokens accepted a step", "ratio"),
    ],
  },
  {
    name: "Cluster",
    fields: [
      choice("cluster.accelerator", "accelerator", (directory) => named(directory.accelerators)),
      field("cluster.acceleratorsPerNode", "accelerators per node", "count"),
      field("cluster.nodes", "nodes", "count"),
      choice("cluster.host", "host", (directory) => named(directory.hosts)),
      field("cluster.sockets", "sockets", "count"),
      field("cluster.hostMemoryGiB", "host memory", "gib", "GiB"),
      field("cluster.hostMemoryBandwidth", "host bandwidth", "bytesPerSecond"),
      choice("cluster.fabric", "fabric", (directory) => named(directory.fabrics)),
    ],
  },
  {
    name: "Layout",
    fields: [
      field("layout.tp", "TP, all ranks", "count"),
      field("layout.pp", "PP, stages", "count"),
      field("layout.dpAttention", "DP attention", "count"),
      field("layout.ep", "EP", "count"),
      field("layout.dcp", "decode context parallel", "count"),
      field("layout.replicas", "replicas", "count"),
      choice("layout.experts", "experts live in", expertChoices),
      field("layout.experts.cpuLayers", "expert layers on CPU", "count"),
      field("options.moeTp", "expert TP", "count"),
    ],
  },
  {
    name: "Workload",
    fields: [
      field("workload.inputTokens", "prompt", "tokens", "tokens"),
      field("workload.outputTokens", "answer", "tokens", "tokens"),
      field("workload.concurrency", "users at once", "count"),
      field("workload.requestsPerSecond", "or requests a second", "perSecond"),
      field("workload.prefixHitRate", "prefix hits", "share"),
      field("workload.contextDepth", "context before the prompt", "tokens", "tokens"),
    ],
  },
  {
    name: "Limits, price and kit",
    fields: [
      field("slo.ttftMs", "first token within", "milliseconds", "ms"),
      field("slo.tpotMs", "time per token within", "milliseconds", "ms"),
      choice("price.provider", "provider", (directory) => plainChoices(directory.providers)),
      fixed("price.term", "term", ["on-demand", "spot", "reserved-1y", "reserved-3y"]),
      field("price.usdPerAcceleratorHour", "own rate, $ a GPU-hour", "usd"),
      choice("target", "kit for", () => TARGETS),
    ],
  },
  {
    name: "Owning",
    fields: Object.entries(OWN_FIELDS).map(([key, { label, kind, unit }]) =>
      field(`price.own.${key}`, label, key === "systemPriceShare" ? "share" : kind, unit),
    ),
  },
  {
    name: "Engine settings",
    fields: [
      field("options.maxRunningRequests", "running requests", "count"),
      field("options.chunkedPrefill", "chunked prefill", "tokens", "tokens"),
      field("options.memFraction", "memory fraction", "ratio"),
      field("options.contextLength", "context length", "tokens", "tokens"),
      field("options.schedulerInterval", "scheduler interval", "count", "steps"),
    ],
  },
  {
    name: "llama.cpp settings",
    idle: ({ engine }) =>
      splitsLayers(engine) || engine === "ktransformers" ? null : "They change nothing with this engine.",
    fields: [
      field("options.ubatch", "physical batch", "tokens"),
      field("options.batch", "logical batch", "tokens"),
      field("options.slots", "slots", "count"),
      field("options.threads", "threads", "count"),
      fixed("options.numa", "NUMA", ["none", "distribute", "isolate", "duplicate"]),
      field("options.flashAttention", "flash attention", "boolean"),
      field("options.opOffload", "op offload", "boolean"),
      field("options.imatrix", "importance matrix", "boolean"),
      field("options.mtpLayer", "keep MTP layer", "boolean"),
      field("options.weightsBytes", "file size of gguf:custom", "bytes", "B"),
    ],
  },
  {
    name: "Disaggregated",
    fields: [
      choice("layout.disaggregated", "prefill and decode", () => [
        { value: "apart", label: "on instances of their own" },
      ]),
      field("layout.disaggregated.prefillReplicas", "prefill instances", "count"),
      field("layout.disaggregated.decodeReplicas", "decode instances", "count"),
      ...(["prefill", "decode"] as const).flatMap((side) =>
        INSTANCE.map((name) => field(`layout.disaggregated.${side}.${name}`, `${side} ${name}`, "count")),
      ),
    ],
  },
];

export const FIELD_COUNT = FIELD_GROUPS.reduce((sum, { fields }) => sum + fields.length, 0);

/** The field's value as its control shows it; empty: absent, the default stands. */
export function readField(plan: Plan, { path, kind }: Field): string {
  let value: unknown = plan;
  for (const key of path.split(".")) value = isObject(value) ? value[key] : undefined;
  if (path === "layout.disaggregated") return isObject(value) ? "apart" : "";
  if (value === undefined || value === null || isObject(value)) return "";
  if (kind === "share" && typeof value === "number") return `${short(value * 100)} %`;
  if (kind === "bytesPerSecond" && typeof value === "number") return `${short(value / 1e9)} GB/s`;
  if (kind === "tokens" && typeof value === "number") return formatTokensShort(value);
  if (typeof value === "number")
    return Number.isInteger(value) ? value.toLocaleString("en-US") : short(value);
  return String(value);
}

const short = (value: number): string =>
  formatNumber(value, 6)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");

/** A field of a part that the plan does not have is not shown: the part's own field brings it. */
export const isShown = (plan: Plan, { path }: Field): boolean =>
  !path.startsWith("layout.disaggregated.") || plan.layout.disaggregated !== null;

/** The plan as JSON with one field written, for `parsePlan` to judge; undefined: not a number of that kind. */
export function writeField(plan: Plan, { path, kind }: Field, text: string): unknown {
  const value = readText(text, kind);
  if (value === undefined && text.trim() !== "") return undefined;
  const written = structuredClone(plan) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  const apart = path === "layout.disaggregated";
  put(written, keys, apart ? (value === undefined ? null : {}) : value);
  if (path === "workload.requestsPerSecond" && value !== undefined)
    put(written, ["workload", "concurrency"], undefined);
  if (path === "workload.concurrency" && value !== undefined)
    put(written, ["workload", "requestsPerSecond"], undefined);
  if (!isObject(written["workload"]) || written["workload"]["requestsPerSecond"] === undefined)
    put(written, ["workload", "arrivals"], undefined);
  if (isObject(written["price"])) dropEmpty(written["price"], "own");
  if (path === "options.weightsBytes" || path.startsWith("price")) dropEmpty(written, "price");
  if (path.startsWith("layout.disaggregated") && value !== undefined) completeDisaggregated(written);
  return { ...written, version: PLAN_VERSION };
}

function readText(text: string, kind: Field["kind"]): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (kind === "boolean") return trimmed === "true";
  if (kind === "choice" || kind === "text") return trimmed;
  const plain = Number(trimmed);
  const quantity = kind === "share" ? "ratio" : kind;
  return parseQuantity(trimmed, quantity) ?? (Number.isFinite(plain) ? plain : undefined);
}

function put(target: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [key = "", ...rest] = keys;
  if (rest.length === 0) {
    if (value === undefined) delete target[key];
    else target[key] = value;
    return;
  }
  const inner = target[key];
  if (!isObject(inner) && value === undefined) return;
  const next = isObject(inner) ? inner : {};
  target[key] = next;
  put(next, rest, value);
  if (key === "experts" && Object.keys(next).length === 0) target[key] = "gpu";
  if (key === "disaggregated" && value === undefined) target[key] = null;
}

function dropEmpty(target: Record<string, unknown>, key: string): void {
  const inner = target[key];
  if (isObject(inner) && Object.keys(inner).length === 0) delete target[key];
}

/** A first number makes the whole: both sides on eight GPUs, to be changed from there. */
function completeDisaggregated(written: Record<string, unknown>): void {
  const layout = written["layout"] as Record<string, unknown>;
  const usual = { gpus: 8, tp: 8, pp: 1, dpAttention: 1, ep: 1 };
  const given = layout["disaggregated"] as Record<string, Record<string, unknown> | undefined>;
  layout["disaggregated"] = {
    prefillReplicas: 1,
    decodeReplicas: 1,
    ...given,
    prefill: { ...usual, ...given["prefill"] },
    decode: { ...usual, ...given["decode"] },
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
