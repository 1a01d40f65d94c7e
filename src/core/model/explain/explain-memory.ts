import type { Estimate, RankMemory } from "../../domain/estimate.ts";
import type { Explained } from "../../domain/explanation.ts";
import type { Plan } from "../../domain/plan.ts";
import { formatCount, formatMemory } from "../../units/format.ts";
import { term } from "./term.ts";

const needed = (rank: RankMemory): number =>
  rank.weights + rank.activations + rank.runtime + rank.kvCacheNeeded;
const spare = (rank: RankMemory): number => rank.spare ?? rank.capacity - needed(rank);

/** What is left on the tightest rank; `null` where memory cannot be told. */
export function explainMemory(plan: Plan, { memory }: Estimate): Explained | null {
  const accelerated = memory?.ranks.some(({ kind }) => kind === "accelerator") ?? false;
  const ranks = memory?.ranks.filter(({ kind }) => !accelerated || kind === "accelerator") ?? [];
  const rank = [...ranks].sort((a, b) => spare(a) - spare(b))[0];
  if (memory === null || rank === undefined) return null;
  const usable = needed(rank) + spare(rank);
  const { inputTokens, outputTokens } = plan.workload;
  const basis = memory.basis;
  return {
    metric: "memory",
    title: "Memory to spare",
    formula: "what the engine may use − weights − activations − runtime − cache that this load needs",
    worked: `${[usable, rank.weights, rank.activations, rank.runtime, rank.kvCacheNeeded].map(formatMemory).join(" − ")} = ${formatMemory(spare(rank))}`,
    terms: [
      term(
        "The engine may use",
        formatMemory(usable),
        `of ${formatMemory(rank.capacity)} on ${rank.name}, the tightest rank`,
        basis,
        "options.memFraction",
      ),
      term(
        "Weights",
        formatMemory(rank.weights),
        "from the list of tensors and the layout, to the byte",
        "derived",
        "weights",
      ),
      term(
        "Activations",
        formatMemory(rank.activations),
        "the largest pass that the engine may run",
        basis,
        "options.chunkedPrefill",
      ),
      term("Runtime", formatMemory(rank.runtime), "context, graphs, communication buffers", basis, "engine"),
      term(
        "Cache needed",
        formatMemory(rank.kvCacheNeeded),
        `${formatCount(memory.kvCacheTokensNeeded)} tokens of a replica at their fullest (${formatCount(inputTokens)} in, ${formatCount(outputTokens)} out each), ${formatCount(memory.kvBytesPerToken)} bytes a token over all layers`,
        "derived",
        "workload",
      ),
    ],
    interval: "Bytes are counted, not estimated; activations and runtime are calibrated on engines' logs.",
  };
}
