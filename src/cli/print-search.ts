/** The answer of a search for people: the ranked plans, the front, and why the rest fell. */
import { acceleratorsOf } from "../core/domain/plan.ts";
import type { SearchQuery } from "../core/domain/search.ts";
import { formatCount, formatNumber, formatUsd } from "../core/units/format.ts";
import { catalog } from "../planner-data.ts";
import type { FoundPlan, SearchAnswer } from "./search-answer.ts";
import { plainText } from "./io.ts";
import { printTable } from "./table.ts";

const HEAD = [
  "Cluster",
  "Weights",
  "Engine",
  "Layout",
  "Users",
  "$/M output",
  "tok/s/user",
  "tok/s",
  "TTFT ms",
  "$/hour",
  "Basis",
];
const LEFT = [0, 1, 2, 3, 10];

export function printSearch(query: SearchQuery, answer: SearchAnswer): string {
  const { tried, feasible, front, ranked, rejectedBy } = answer;
  const counts = `${formatCount(tried)} candidates, ${formatCount(feasible)} meet every constraint, ${formatCount(front.length)} on the front`;
  const fallen = rejectedBy.map(({ message, count, relaxation }) => [
    formatCount(count),
    relaxation === undefined ? message : `${message}. ${relaxation.message}`,
  ]);
  const parts = [
    `${counts}\n`,
    ranked.length === 0 ? "" : `${titleOf(query)}\n${tableOf(ranked)}`,
    front.length === 0 ? "" : `On the front of cost, speed and size\n${tableOf(front)}`,
    fallen.length === 0 ? "" : `Why the rest fell\n${printTable(fallen, [1])}`,
  ];
  return plainText(parts.filter((part) => part !== "").join("\n"));
}

function titleOf({ objective }: SearchQuery): string {
  const order = { cheapest: "Cheapest", fastest: "Fastest", smallest: "Smallest" } as const;
  return `${order[objective]} first`;
}

function tableOf(found: readonly FoundPlan[]): string {
  return printTable([HEAD, ...found.map(rowOf)], LEFT);
}

function rowOf({ plan, numbers }: FoundPlan): readonly string[] {
  const money = (usd: number | null) => (usd === null ? "unknown" : formatUsd(usd));
  return [
    clusterOf(plan),
    catalog.weightFormats.get(plan.weights)?.name ?? plan.weights,
    catalog.engines.get(plan.engine)?.name ?? plan.engine,
    layoutOf(plan),
    plan.workload.concurrency === undefined ? "" : formatCount(plan.workload.concurrency),
    money(numbers.usdPerMillionOutputTokens),
    formatNumber(numbers.tokensPerSecondPerUser),
    formatCount(numbers.outputTokensPerSecond),
    formatCount(numbers.ttftMs),
    money(numbers.usdPerHour),
    numbers.basis,
  ];
}

function clusterOf({ cluster, layout }: FoundPlan["plan"]): string {
  const { accelerator, host } = cluster;
  const name = accelerator === undefined ? undefined : catalog.accelerators.get(accelerator)?.shortName;
  const box = name === undefined ? "CPU" : `${acceleratorsOf(cluster)} x ${name}`;
  return layout.experts === "cpu" && host !== undefined ? `${box}, ${host}` : box;
}

/** Only what is not 1 or off. */
function layoutOf({ layout, speculative, kvCache }: FoundPlan["plan"]): string {
  const { tp, pp, dpAttention, ep, dcp, replicas, experts } = layout;
  const parts = [
    replicas > 1 ? `${replicas} x` : "",
    `TP ${tp}`,
    pp > 1 ? `PP ${pp}` : "",
    dpAttention > 1 ? `DP attention ${dpAttention}` : "",
    ep > 1 ? `EP ${ep}` : "",
    dcp > 1 ? `DCP ${dcp}` : "",
    experts === "gpu" ? "" : "experts in host memory",
    speculative === "off" ? "" : speculative.toUpperCase().replace("MTP", "MTP "),
    kvCache === undefined ? "" : `${kvCache} cache`,
  ];
  return parts
    .filter((part) => part !== "")
    .join(", ")
    .replace(" x, ", " x ");
}
