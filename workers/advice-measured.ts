/** Published measurements of the same engine, weights, machine and cut, to stand beside a plan's line. */
import type { MeasurementRecord } from "../src/core/domain/measurement.ts";
import type { Plan } from "../src/core/domain/plan.ts";
import type { MeasuredPoint } from "./advice-api.ts";

const CUT = ["tp", "pp", "dpAttention", "ep", "replicas"] as const;

const at = (of: unknown, key: string): unknown =>
  typeof of === "object" && of !== null ? (of as Readonly<Record<string, unknown>>)[key] : undefined;
const mean = (of: unknown): number | null => {
  const value = at(of, "mean");
  return typeof value === "number" ? value : null;
};

/** The same but for users: a closed loop with this prompt and this answer. */
function isLike(record: MeasurementRecord, plan: Plan): boolean {
  const { plan: theirs } = record;
  const [cluster, layout, workload] = [
    at(theirs, "cluster"),
    at(theirs, "layout"),
    at(theirs, "workload"),
  ] as const;
  return (
    record.class === "serving" &&
    record.phase === "closed-loop" &&
    at(theirs, "engine") === plan.engine &&
    at(theirs, "weights") === plan.weights &&
    at(theirs, "speculative") === plan.speculative &&
    at(cluster, "accelerator") === plan.cluster.accelerator &&
    Number(at(cluster, "acceleratorsPerNode")) * Number(at(cluster, "nodes")) ===
      plan.cluster.acceleratorsPerNode * plan.cluster.nodes &&
    !at(layout, "disaggregated") &&
    plan.layout.disaggregated === null &&
    CUT.every((key) => at(layout, key) === plan.layout[key]) &&
    at(workload, "inputTokens") === plan.workload.inputTokens &&
    at(workload, "outputTokens") === plan.workload.outputTokens
  );
}

/**
 * Throughput is what a closed loop gives by its own measured times:
 *
 *   users * output tokens / (TTFT + TPOT * (output tokens - 1)) / accelerators
 */
export function measuredLike(plan: Plan, records: readonly MeasurementRecord[]): readonly MeasuredPoint[] {
  const accelerators = plan.cluster.acceleratorsPerNode * plan.cluster.nodes;
  const found = new Map<number, MeasuredPoint>();
  for (const record of records) {
    if (!isLike(record, plan)) continue;
    const users = at(at(record.plan, "workload"), "concurrency");
    const ttftMs = mean(record.measured["ttftMs"]);
    const tpotMs = mean(record.measured["tpotMs"]);
    if (typeof users !== "number" || ttftMs === null || tpotMs === null || accelerators === 0) continue;
    const known = found.get(users);
    if (known && known.date >= record.date) continue;
    const { outputTokens } = plan.workload;
    const seconds = (ttftMs + tpotMs * (outputTokens - 1)) / 1e3;
    found.set(users, {
      users,
      date: record.date,
      tokensPerSecondPerUser: 1e3 / tpotMs,
      tokensPerSecondPerAccelerator: (users * outputTokens) / seconds / accelerators,
    });
  }
  return [...found.values()].sort((a, b) => a.users - b.users);
}
