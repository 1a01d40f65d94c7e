/** What engines logged of their memory, as the memory model answers it. */
import type { MemoryEstimate } from "../domain/estimate.ts";
import type { MeasurementRecord } from "../domain/measurement.ts";
import type { Plan } from "../domain/plan.ts";
import type { Ranged } from "../domain/provenance.ts";
import { figuresOf, object, text } from "./record-facts.ts";

/** Memory is arithmetic and reservations: within this of what engines log, by metric. Assumed. */
const WEIGHTS_SPREAD = 0.01;
const CACHE_SPREAD = 0.05;
const TOTAL_SPREAD = 0.1;

/** Measured figures under the names that `predictedMemory` has. */
const METRICS = [
  "weightsBytesPerRank",
  "weightsBytes",
  "kvCacheBytesPerRank",
  "kvCacheBytes",
  "kvCacheTokens",
  "gpuMemoryBytes",
  "hostMemoryBytes",
  "peakBytes",
] as const;

export const measuredMemory = (record: MeasurementRecord) => figuresOf(record, METRICS);

/**
 * Memory metrics of a run.
 *
 * `kvCacheTokens` as one rank's log reports it: one attention group's under data-parallel attention.
 */
export function predictedMemory(
  record: MeasurementRecord,
  plan: Plan,
  memory: MemoryEstimate,
): Readonly<Record<string, Ranged>> {
  const accelerators = memory.ranks.filter((rank) => rank.kind === "accelerator");
  const hosts = memory.ranks.filter((rank) => rank.kind === "host");
  const first = accelerators[0] ?? memory.ranks[0];
  const sum = (of: typeof memory.ranks, part: "weights" | "kvCache" | "total") =>
    of.reduce((total, rank) => total + rank[part], 0);
  const scope = text(object(record.runtime)["kvTokensScope"]);
  const groups = scope === "cluster" ? 1 : plan.layout.dpAttention;
  const about = (value: number, spread: number): Ranged => ({
    value,
    low: value * (1 - spread),
    high: value * (1 + spread),
    basis: memory.basis,
  });
  return {
    weightsBytesPerRank: about(first?.weights ?? 0, WEIGHTS_SPREAD),
    weightsBytes: about(sum(memory.ranks, "weights"), WEIGHTS_SPREAD),
    kvCacheBytesPerRank: about(first?.kvCache ?? 0, CACHE_SPREAD),
    kvCacheBytes: about(sum(memory.ranks, "kvCache"), CACHE_SPREAD),
    kvCacheTokens: about(memory.kvCacheTokens / groups, CACHE_SPREAD),
    gpuMemoryBytes: about(sum(accelerators, "total"), TOTAL_SPREAD),
    hostMemoryBytes: about(sum(hosts, "total"), TOTAL_SPREAD),
    peakBytes: about(Math.max(0, ...accelerators.map((rank) => rank.total)), TOTAL_SPREAD),
  };
}
