/** What a goal's plans are held against one another by. */
import type { BridgeFailure } from "../../../bridge/worker-host.ts";
import type { AnyPlan } from "../../../core/domain/any-plan.ts";
import type { MemoryEstimate } from "../../../core/domain/estimate.ts";
import type { Result } from "../../../core/domain/result.ts";
import type { Race } from "../../../figures/compare/compare-finding.ts";
import type { MetricRow } from "../../../figures/compare/compare-metrics.ts";
import type { FieldWords } from "../../plan/plan-differences.ts";

/** What is said of a plan beside its numbers. */
export interface ColumnFacts {
  readonly fits: boolean;
  readonly word: string;
  readonly sentence: string;
  /** Of ranks that are drawn; null where the goal has no such drawing. */
  readonly memory: MemoryEstimate | null;
  /** What sets its speed, and where its price is from; empty: unknown. */
  readonly limit: string;
  readonly offer: string;
  /** Rows, by id, whose value breaks a limit of the plan, with how. */
  readonly breaches: Readonly<Record<string, string>>;
}

/** `compute`: an answer or a reason a plan; undefined: a newer question took its place. */
export interface CompareKind<P extends AnyPlan, E extends { readonly fits: boolean }> {
  readonly goal: P["goal"];
  readonly is: (plan: AnyPlan) => plan is P;
  readonly metrics: readonly MetricRow<E>[];
  readonly race: readonly [cost: Race, speed: Race];
  readonly compute: (
    plans: readonly P[],
  ) => Promise<Result<readonly Result<E, string>[], BridgeFailure> | undefined>;
  readonly facts: (plan: P, estimate: E) => ColumnFacts;
  /** The words of its sentence by noun, in their order. */
  readonly nouns: (plan: P) => ReadonlyMap<string, string>;
  /** Nouns that name a plan where no noun differs. */
  readonly usual: readonly string[];
  /** Fields that no noun speaks of. */
  readonly unsaid: RegExp;
  /** Absent: those of the serving plan's editor. */
  readonly words?: (plans: readonly P[]) => FieldWords;
}
