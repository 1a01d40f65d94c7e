/** Whether the ranks and the host hold the run, with the amount that is missing. */
import type { Accelerator } from "../../domain/catalog.ts";
import type { TrainingMemory, TrainingRank } from "../../domain/finetune-estimate.ts";
import type { FinetunePlan } from "../../domain/finetune-plan.ts";
import type { Infeasible } from "../../domain/infeasible.ts";
import { acceleratorsOf } from "../../domain/plan.ts";
import { formatFileSize, formatMemory } from "../../units/format.ts";

export function memoryVerdict(
  plan: FinetunePlan,
  accelerator: Accelerator,
  memory: TrainingMemory,
): Infeasible[] {
  const fullest = memory.ranks.reduce((worst, rank) => (short(rank) > short(worst) ? rank : worst));
  return [...deviceVerdict(plan, accelerator, fullest), ...hostVerdict(plan, memory)];
}

const short = ({ total, capacity }: TrainingRank): number => total - capacity;

function deviceVerdict(
  { cluster }: FinetunePlan,
  accelerator: Accelerator,
  rank: TrainingRank,
): Infeasible[] {
  const missing = short(rank);
  if (missing <= 0) return [];
  const stored = rank.experts + rank.dense;
  const accelerators = acceleratorsOf(cluster);
  const words = `${rank.name} is short of ${formatMemory(missing)}: it needs ${formatMemory(rank.total)}, and an ${accelerator.shortName} has ${formatMemory(rank.capacity)}.`;
  const weights = stored > rank.capacity || stored > 0.6 * rank.total;
  const share = ` Base weights are ${formatMemory(stored)} of it, on ${accelerators} accelerators.`;
  return [
    {
      kind: weights ? "memory-weights" : "memory-runtime",
      message: words + share,
      rank: rank.name,
      needed: rank.total,
      capacity: rank.capacity,
    },
  ];
}

function hostVerdict({ cluster }: FinetunePlan, { host, hostMoments }: TrainingMemory): Infeasible[] {
  if (cluster.hostMemoryGiB === undefined || host.total <= host.capacity) return [];
  const { load, train, save } = hostMoments;
  const when = host.total === train ? "in training" : load >= save ? "while loading" : "while saving";
  return [
    {
      kind: "host-memory",
      message: `The fullest host is short of ${formatMemory(host.total - host.capacity)} ${when}: it needs ${formatFileSize(host.total)}, ${formatMemory(host.total)}, and has ${formatMemory(host.capacity)}.`,
      rank: "Host",
      needed: host.total,
      capacity: host.capacity,
    },
  ];
}
