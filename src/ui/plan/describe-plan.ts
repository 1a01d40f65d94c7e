import type { LayoutPlan, Plan } from "../../core/domain/plan.ts";
import { formatCount, formatTokensShort } from "../../core/units/format.ts";
import type { Names } from "./directory-names.ts";

export type Noun =
  "model" | "weights" | "engine" | "nodes" | "accelerators" | "layout" | "users" | "input" | "output";

/** In the order in which Tab walks them. */
export const NOUNS: readonly Noun[] = [
  "model",
  "weights",
  "engine",
  "nodes",
  "accelerators",
  "layout",
  "users",
  "input",
  "output",
];

/** The words of every noun, as the sentence shows them. */
export function describeNouns(plan: Plan, names: Names): Readonly<Record<Noun, string>> {
  return {
    model: names.model(plan.model),
    weights: names.weights(plan.weights),
    engine: names.engine(plan.engine),
    nodes: plural(plan.cluster.nodes, "node"),
    accelerators: describeAccelerators(plan, names),
    layout: plan.cluster.acceleratorsPerNode === 0 ? "no GPU" : describeLayout(plan.layout),
    users: describeLoad(plan),
    input: formatTokensShort(plan.workload.inputTokens),
    output: formatTokensShort(plan.workload.outputTokens),
  };
}

export const plural = (n: number, noun: string): string => `${formatCount(n)} ${noun}${n === 1 ? "" : "s"}`;

export function describeAccelerators(plan: Plan, names: Names): string {
  const { accelerator, acceleratorsPerNode, host } = plan.cluster;
  if (acceleratorsPerNode === 0 || accelerator === undefined) {
    return host === undefined ? "CPUs only" : names.host(host);
  }
  return `${acceleratorsPerNode} × ${names.accelerator(accelerator)}`;
}

function describeLoad({ workload }: Plan): string {
  if (workload.requestsPerSecond !== undefined) return `${workload.requestsPerSecond} requests a second`;
  return plural(workload.concurrency ?? 1, "user");
}

/** "TP 8", "TP 8, EP 8", "DP attention 8, EP 8", "TP 4, PP 2", "2 replicas of TP 4". */
export function describeLayout(layout: LayoutPlan): string {
  if (layout.disaggregated !== null) {
    const { prefill, decode, prefillReplicas, decodeReplicas } = layout.disaggregated;
    return `${prefillReplicas} × TP ${prefill.tp} prefill, ${decodeReplicas} × TP ${decode.tp} decode`;
  }
  const ranks = describeRanks(layout);
  const words =
    layout.replicas > 1
      ? [`${layout.replicas} replicas of ${ranks || "one GPU"}`]
      : ranks === ""
        ? []
        : [ranks];
  if (layout.ep > 1) words.push(`EP ${layout.ep}`);
  if (layout.dcp > 1) words.push(`DCP ${layout.dcp}`);
  if (layout.experts === "cpu") words.push("experts on CPU");
  else if (layout.experts !== "gpu") words.push(`${layout.experts.cpuLayers} expert layers on CPU`);
  return words.join(", ");
}

function describeRanks({ tp, pp, dpAttention, experts }: LayoutPlan): string {
  if (tp === 1 && pp > 1) return `layers over ${pp}`;
  if (tp === 1 && pp === 1) return experts === "gpu" ? "one GPU" : "";
  const words: string[] = [];
  if (dpAttention > 1) words.push(`DP attention ${dpAttention}`);
  if (dpAttention < tp) words.push(`TP ${dpAttention > 1 ? tp / dpAttention : tp}`);
  if (pp > 1) words.push(`PP ${pp}`);
  return words.join(", ");
}
