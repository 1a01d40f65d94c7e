/** A simulation for people: percentiles, what held and what waited, and beside it what the average claims. */
import type { Plan } from "../core/domain/plan.ts";
import type {
  AnalyticClaim,
  PlanSimulation,
  ReplicaSizing,
  SimulateAnswer,
} from "../core/domain/plan-simulation.ts";
import type { DistributionSummary } from "../core/domain/simulation.ts";
import { formatCount, formatDuration, formatNumber, formatShare } from "../core/units/format.ts";
import { plainText } from "./io.ts";
import { printTable } from "./table.ts";

export function printSimulation(plan: Plan, { simulation, replicas }: SimulateAnswer): string {
  const parts = [
    `${loadLine(simulation)}\n`,
    printLatencies(simulation),
    printRest(plan, simulation),
    replicas === null ? "" : printReplicas(replicas),
    simulation.notes.map((note) => `note: ${note}\n`).join(""),
  ];
  return plainText(parts.filter((part) => part !== "").join("\n"));
}

function loadLine({ load, result }: PlanSimulation): string {
  const rate = load.requestsPerSecond === null ? "" : ` at ${formatNumber(load.requestsPerSecond)} a second`;
  const served = `${formatCount(result.requests)} requests${rate}, ${formatDuration(result.window.endMs - result.window.startMs)} simulated, seed ${result.seed}`;
  return result.stable ? served : `${served}. The queue grows without end: the service is too slow for it`;
}

function printLatencies({ result, estimate, average }: PlanSimulation): string {
  const head = ["", "mean", "p50", "p90", "p95", "p99", "the estimate", "the average claims"];
  const row = (
    name: string,
    values: DistributionSummary | null,
    claim: (claim: AnalyticClaim) => number,
  ): string[] => [
    name,
    ...(["mean", "p50", "p90", "p95", "p99"] as const).map((key) =>
      values === null ? "-" : formatDuration(values[key]),
    ),
    estimate === null ? "unknown" : formatDuration(claim(estimate)),
    average === null ? "unknown" : formatDuration(claim(average)),
  ];
  return printTable([
    head,
    row("time to first token", result.ttftMs, ({ ttftMs }) => ttftMs),
    row("time per output token", result.tpotMs, ({ tpotMs }) => tpotMs),
    row("request latency", result.endToEndMs, ({ endToEndMs }) => endToEndMs),
  ]);
}

function printRest(plan: Plan, { result }: PlanSimulation): string {
  const { goodput, kv } = result;
  const rows = [
    ["output tokens/s", formatNumber(result.outputTokensPerSecond)],
    ["requests in flight, mean", formatNumber(result.inFlight)],
    ["of them waiting, mean", formatNumber(result.queue)],
    ["KV cache in use, mean and peak", `${formatShare(kv.meanShare)}, ${formatShare(kv.peakShare)}`],
    ["preemptions", formatCount(result.preemptions)],
  ];
  if (result.refused > 0) rows.push(["requests that no cache can hold", formatCount(result.refused)]);
  if (goodput !== null) {
    const { ttftMs, tpotMs } = plan.slo;
    const limits = [
      ...(ttftMs === undefined ? [] : [`first token ${formatDuration(ttftMs)}`]),
      ...(tpotMs === undefined ? [] : [`token ${formatDuration(tpotMs)}`]),
    ].join(", ");
    rows.push([`requests within the SLO (${limits})`, formatShare(goodput.share)]);
  }
  return printTable(rows);
}

const NAMES = {
  ttftMs: "time to first token",
  tpotMs: "time per output token",
  endToEndMs: "request latency",
};

function printReplicas({ target, replicas, tried, scaling }: ReplicaSizing): string {
  const what = `${target.statistic} of ${NAMES[target.latency]} under ${formatDuration(target.limitMs)}`;
  const rows = tried.map(({ replicas: n, ms, holds }) => [
    formatCount(n),
    ms === null ? "-" : formatDuration(ms),
    holds ? "holds" : "fails",
  ]);
  const verdict =
    replicas === null
      ? `${what}: not with ${formatCount(tried.at(-1)?.replicas ?? 0)} replicas`
      : `${what}: ${formatCount(replicas)} ${replicas === 1 ? "replica" : "replicas"}`;
  const table = printTable([["replicas", target.statistic, ""], ...rows], [2]);
  if (scaling === null) return `${verdict}\n${table}`;
  const saved = 1 - scaling.scaledHours / scaling.fixedHours;
  return `${verdict}\n${table}Scaled by the hour: ${formatCount(scaling.scaledHours)} of ${formatCount(scaling.fixedHours)} replica hours a day, ${formatShare(saved)} less\n`;
}
