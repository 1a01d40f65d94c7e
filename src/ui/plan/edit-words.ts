import type { NearbyPlan } from "../../core/domain/estimate.ts";
import type { Plan } from "../../core/domain/plan.ts";
import { counted, numberWord } from "../../figures/findings/words.ts";
import { describeNouns, NOUNS, type Noun } from "./describe-plan.ts";
import type { Names } from "./directory-names.ts";

export interface NounChange {
  readonly noun: Noun;
  readonly from: string;
  readonly to: string;
}

/** What changed between two plans, in the words of the sentence. */
export function nounChanges(from: Plan, to: Plan, names: Names): readonly NounChange[] {
  const [before, after] = [describeNouns(from, names), describeNouns(to, names)];
  return NOUNS.filter((noun) => before[noun] !== after[noun]).map((noun) => ({
    noun,
    from: before[noun],
    to: after[noun],
  }));
}

/** Edits by what a reader changes: fields that follow another one (TP a cluster) are said, not counted. */
export function countChanges({ edits }: NearbyPlan): number {
  const roots = new Set(edits.map(({ path }) => path.split(".")[0]));
  if (roots.size > 1) roots.delete("layout");
  if (roots.has("engine")) for (const follower of ["options", "kvCache"]) roots.delete(follower);
  return Math.max(1, roots.size);
}

/** "8 × H200, one change". */
export function closestWords(nearby: NearbyPlan, names: Names): string {
  const words = describeNouns(nearby.plan, names);
  const edited = new Set(nearby.edits.map(({ path }) => path.split(".")[0]));
  const said: string[] = [];
  if (edited.has("weights")) said.push(words.weights);
  if (edited.has("engine")) said.push(words.engine);
  if (edited.has("cluster")) {
    const nodes = nearby.plan.cluster.nodes;
    said.push(nodes > 1 ? `${words.nodes} of ${words.accelerators}` : words.accelerators);
  }
  if (edited.has("layout") && said.length === 0) said.push(words.layout);
  if (edited.has("workload") && said.length === 0) said.push(words.users);
  if (edited.has("kvCache") && said.length === 0) said.push(`${nearby.plan.kvCache ?? "default"} cache`);
  if (said.length === 0) said.push(...nearby.edits.map(({ to }) => to));
  const changes = countChanges(nearby);
  return `${said.join(", ")}, ${changes === 1 ? "one change" : counted(changes, "change").replace(/^\d+/, numberWord(changes))}`;
}
