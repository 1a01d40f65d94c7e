/** What a training record measured, as the model of fine-tuning answers it. */
import type { Catalog } from "../domain/catalog.ts";
import type { MeasurementRecord } from "../domain/measurement.ts";
import type { Ranged } from "../domain/provenance.ts";
import { evaluateFinetune } from "../model/finetune/evaluate-finetune.ts";
import { FINETUNE } from "../model/finetune/parameters.ts";
import { performanceOf } from "../model/finetune/performance.ts";
import type { CompletedTraining } from "./complete-training.ts";
import { figuresOf } from "./record-facts.ts";

/** Memory of a training run is within this of what was seen. Assumed. */
const MEMORY_SPREAD = 0.1;
/** Figures of the whole stand for those of a GPU, where both are told. */
const METRICS = [
  "totalTokensPerSecond",
  "stepSeconds",
  "gpuMemoryBytes",
  "hostMemoryBytes",
  "peakBytes",
  "weightsBytesPerRank",
] as const;

export const measuredTraining = (record: MeasurementRecord) => figuresOf(record, METRICS);

/**
 * Metrics of a run, whichever the record holds.
 *
 * `peakBytes` is the allocator's: without the process's context and what the allocator holds beyond.
 */
export function predictTraining(run: CompletedTraining, catalog: Catalog): Readonly<Record<string, Ranged>> {
  const { plan, architecture, mtp, sharedBy, pass } = run;
  const model = catalog.models.get(plan.model);
  const accelerator = catalog.accelerators.get(plan.cluster.accelerator ?? "");
  if (!model || !accelerator) return {};
  const models = new Map(catalog.models).set(model.id, { ...model, architecture });
  const { memory, parameters } = evaluateFinetune(plan, { catalog: { ...catalog, models } });
  const host = catalog.hosts.get(plan.cluster.host ?? "");
  const about = (value: number): Ranged => ({
    value,
    low: value * (1 - MEMORY_SPREAD),
    high: value * (1 + MEMORY_SPREAD),
    basis: memory?.basis ?? "assumed",
  });
  const ranks = memory?.ranks ?? [];
  const [first] = ranks;
  const stored = first ? { weightsBytesPerRank: about(first.experts + first.dense) } : {};
  if (pass === "base") return stored;
  const facts = {
    architecture,
    accelerator,
    ...(host ? { host } : {}),
    trainable: parameters.trainable,
    mtp,
  };
  const speed = performanceOf(plan, facts);
  const whole = ranks.reduce((sum, { total }) => sum + total, 0);
  return {
    ...stored,
    totalTokensPerSecond: speed.tokensPerSecond,
    stepSeconds: speed.stepSeconds,
    ...(memory && first
      ? {
          gpuMemoryBytes: about(whole + (sharedBy - 1) * FINETUNE.context.value),
          hostMemoryBytes: about(memory.hostMoments.train),
          peakBytes: about(first.total - first.runtime - first.fragmentation),
        }
      : {}),
  };
}
