import type { NearbyPlan } from "../../core/domain/estimate.ts";
import type { Noun } from "./describe-plan.ts";

const NOUN_OF_PATH: readonly (readonly [prefix: string, noun: Noun])[] = [
  ["model", "model"],
  ["weights", "weights"],
  ["engine", "engine"],
  ["cluster.nodes", "nodes"],
  ["cluster.", "accelerators"],
  ["layout", "layout"],
  ["workload.concurrency", "users"],
  ["workload.inputTokens", "input"],
  ["workload.outputTokens", "output"],
];

export const nounOfPath = (path: string): Noun | undefined =>
  NOUN_OF_PATH.find(([prefix]) => path.startsWith(prefix))?.[1];

/** The nouns whose change alone would mend the plan; a layout that follows a cluster is part of its change. */
export function faultyNouns(nearby: readonly NearbyPlan[]): ReadonlySet<Noun> {
  const faulty = new Set<Noun>();
  for (const { edits } of nearby) {
    const nouns = new Set(edits.map(({ path }) => nounOfPath(path)).filter((noun) => noun !== undefined));
    if (nouns.size > 1) nouns.delete("layout");
    const [only] = nouns;
    if (nouns.size === 1 && only !== undefined) faulty.add(only);
  }
  return faulty;
}
