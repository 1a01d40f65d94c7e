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

/** Changes that are an edit of their own; a layout that follows another cluster is said, not counted. */
export function countedChanges(changes: readonly NounChange[]): number {
  const own = changes.filter(({ noun }) => noun !== "layout").length;
  return Math.max(1, own);
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
  if (said.length === 0) said.push(...nearby.edits.map(({ to }) => to));
  const changes = nearby.edits.length;
  return `${said.join(", ")}, ${changes === 1 ? "one change" : counted(changes, "change").replace(/^\d+/, numberWord(changes))}`;
}
