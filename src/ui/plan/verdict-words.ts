import type { DistillEstimate } from "../../core/domain/distill-estimate.ts";
import type { Estimate } from "../../core/domain/estimate.ts";
import { leastSpare, type FinetuneEstimate } from "../../core/domain/finetune-estimate.ts";
import type { Plan } from "../../core/domain/plan.ts";
import { formatCount, formatFileSize, formatMemory } from "../../core/units/format.ts";
import { freeBytes, fullestRank } from "../../figures/memory-parts.ts";
import { times } from "../../figures/findings/words.ts";

/** The margin in absolute and in relative terms, in one or two sentences. */
export function fitSentence({ memory }: Estimate, plan: Plan): string {
  if (memory === null) return "Its memory cannot be told.";
  const fullest = fullestRank(memory.ranks);
  const free = fullest ? freeBytes(fullest) : 0;
  const where =
    fullest?.kind === "host"
      ? "in host memory"
      : memory.ranks.length > 1
        ? "on the fullest GPU"
        : "on the GPU";
  const sentences = [`${formatMemory(Math.max(0, free))} to spare ${where}.`];
  const { kvCacheTokens: held, kvCacheTokensNeeded: needed, concurrencyLimit } = memory;
  const users = plan.workload.concurrency;
  const whose =
    users === undefined
      ? "this load needs"
      : users === 1
        ? "one user needs"
        : `${formatCount(users)} users need`;
  if (needed > 0) {
    const each = plan.layout.replicas > 1 ? "Each replica caches" : "The cache holds";
    sentences.push(`${each} ${formatCount(held)} tokens, ${times(held / needed)} what ${whose}.`);
  } else if (concurrencyLimit > 0) {
    sentences.push(`The cache holds ${formatCount(held)} tokens.`);
  }
  return sentences.join(" ");
}

/** Of a run that fits. */
export function runSentence({ memory, disk }: FinetuneEstimate): string {
  return `${formatMemory(leastSpare(memory))} to spare on the fullest accelerator. Disk at the peak: ${formatFileSize(disk.peak)}.`;
}

/** Of a distillation that works. */
export function deviceSentence({ edge }: DistillEstimate): string {
  const { file, chosen } = edge;
  return `${file.type} takes ${formatFileSize(file.bytes)}, and ${chosen.name} has room for ${formatCount(chosen.contextTokens)} tokens beside it.`;
}
