import type { Catalog } from "../../domain/catalog.ts";
import type { Plan } from "../../domain/plan.ts";
import { checkEngine } from "./check-engine.ts";
import { estimateKin } from "./kin-memory.ts";
import { estimateLlama } from "./llama-memory.ts";
import { memoryFacts, type MemoryFacts } from "./memory-facts.ts";
import { estimateServer, type MemoryAnswer } from "./server-memory.ts";

/**
 * What a plan keeps in memory on every rank, how many tokens and users its cache holds, and what fails.
 *
 * A plan fits when weights, activations and runtime fit and the cache holds every user that it asks for at
 * once. `infeasible` names what fails, first what an engine would refuse first: engine, precision, context,
 * layout, then weights, runtime, cache, host memory. `memory` is `null` only where the layout does not
 * divide or a fact is missing.
 *
 * Per      rank of one replica.
 * Returns  `Infeasible` of every kind; never throws on a plan that `parsePlan` accepts.
 */
export function estimateMemory(plan: Plan, catalog: Catalog): MemoryAnswer {
  const facts = memoryFacts(plan, catalog);
  if (!facts.ok) return { memory: null, infeasible: [facts.error], notes: [] };
  const engine = checkEngine(plan, facts.value);
  const answer = estimateEngine(plan, facts.value);
  return {
    memory: answer.memory,
    infeasible: [...engine.infeasible, ...answer.infeasible],
    notes: [...engine.notes, ...answer.notes],
  };
}

/** Users that memory leaves room for, over all replicas; undefined where it is not known or holds none: then it does not bind. */
export function usersHeld(memory: MemoryAnswer["memory"]): number | undefined {
  return memory !== null && memory.concurrencyLimit >= 1 ? memory.concurrencyLimit : undefined;
}

function estimateEngine(plan: Plan, facts: MemoryFacts): MemoryAnswer {
  const { device, format } = facts;
  if (plan.engine === "llama.cpp" || plan.engine === "ik_llama.cpp" || plan.engine === "ollama") {
    return estimateLlama(plan, facts);
  }
  if (plan.engine === "ktransformers" || plan.engine === "mlx") return estimateKin(plan, facts);
  if (!device || format.family === "gguf") return { memory: null, infeasible: [], notes: [] };
  return estimateServer(plan, facts, device);
}
