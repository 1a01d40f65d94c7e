import type { AnyPlan } from "../../../core/domain/any-plan.ts";
import type { CompareKind } from "./kind.ts";

/** What a plan's link stands for, computed. `failure`: why it could not be. */
export interface Compared<E> {
  readonly estimate: E | null;
  readonly failure: string | null;
}

/** Estimates by link. What was computed stays: plans that come and go are not computed twice. */
export class CompareState<P extends AnyPlan, E extends { readonly fits: boolean }> {
  readonly #compute: CompareKind<P, E>["compute"];
  answers = $state.raw<ReadonlyMap<string, Compared<E>>>(new Map());
  problem = $state<string | null>(null);

  constructor(compute: CompareKind<P, E>["compute"]) {
    this.#compute = compute;
  }

  async need(plans: ReadonlyMap<string, P>): Promise<void> {
    const missing = [...plans].filter(([link]) => !this.answers.has(link));
    if (missing.length === 0) return;
    const answer = await this.#compute(missing.map(([, plan]) => plan));
    if (answer === undefined) return;
    this.problem = answer.ok ? null : `These plans could not be computed: ${answer.error.message}.`;
    if (!answer.ok) return;
    const next = new Map(this.answers);
    missing.forEach(([link], i) => {
      const one = answer.value[i];
      if (one) {
        next.set(link, {
          estimate: one.ok ? one.value : null,
          failure: one.ok ? null : one.error,
        });
      }
    });
    this.answers = next;
  }
}
