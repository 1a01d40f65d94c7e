import { onDestroy } from "svelte";
import type { BridgeFailure } from "../../../bridge/worker-host.ts";
import type { AnyPlan } from "../../../core/domain/any-plan.ts";
import { formatProblem } from "../../../core/domain/problem.ts";
import type { Result } from "../../../core/domain/result.ts";
import { parseQuantity, type QuantityKind } from "../../../core/units/parse-quantity.ts";
import type { PlanState } from "../../state/plan-state.svelte.ts";
import type { OpenNoun } from "./noun.ts";

interface Row<P> {
  readonly key: string;
  readonly plan: P;
}

interface Amount {
  readonly kind: QuantityKind;
  readonly put: (value: number) => unknown;
}

export const numberOr = (value: number | null, print: (value: number) => string): string =>
  value === null ? "unknown" : print(value);

/**
 * What a noun's popover tries, while the page follows: a row or a typed number, kept or put back, and what each row
 * would do. Made as a component starts; its end puts an untaken trial back.
 */
export class NounTrial<P extends AnyPlan, Consequence> {
  readonly #plans: PlanState;
  readonly #shown: () => P;
  readonly #onclose: OpenNoun<string>["onclose"];
  #tried = $state.raw<string | null>(null);
  typed = $state<string | null>(null);
  error = $state<string | null>(null);
  /** By key of the row. */
  answers = $state.raw<ReadonlyMap<string, Consequence>>(new Map());

  /** `shown`: the plan as the page draws it, the trial included. */
  constructor(plans: PlanState, shown: () => P, onclose: OpenNoun<string>["onclose"]) {
    this.#plans = plans;
    this.#shown = shown;
    this.#onclose = onclose;
    onDestroy(() => plans.preview(null));
  }

  /** Key of the row that stands marked: the tried one, or `current`; none while a number is typed. */
  selected(current: string | null): string | null {
    return this.typed === null ? (this.#tried ?? current) : null;
  }

  async learn(
    rows: readonly Row<P>[],
    compare: (plans: readonly P[]) => Promise<Result<readonly Consequence[], BridgeFailure> | undefined>,
  ): Promise<void> {
    const answer = await compare(rows.map(({ plan }) => plan));
    if (answer === undefined) return;
    if (answer.ok) this.answers = new Map(rows.map(({ key }, i) => [key, answer.value[i] as Consequence]));
    else this.error = answer.error.message;
  }

  preview({ key, plan }: Row<P>): void {
    this.#tried = key;
    this.typed = null;
    this.error = null;
    this.#plans.preview(plan);
  }

  /** `step`: where the focus goes next, along the nouns. */
  readonly keep = (plan: P = this.#shown(), step = 0): void => {
    this.#plans.apply<P>(plan, null);
    void this.#onclose(step);
  };

  readonly restore = (): void => {
    this.#plans.preview(null);
    void this.#onclose();
  };

  /** The reader goes elsewhere: what is tried is kept, what cannot be read is not. */
  readonly leave = (): void => {
    if (this.error === null) this.#plans.apply<P>(this.#shown(), null);
    void this.#onclose();
  };

  /** `as`: numbers as people write them here. */
  type(text: string, amount: Amount | undefined, as: string): void {
    this.typed = text;
    if (!amount) return;
    const value = parseQuantity(text, amount.kind);
    if (value === undefined) {
      this.error = text.trim() === "" ? null : `Type a number, as in ${as}.`;
      return;
    }
    const parsed = this.#plans.parse<P>(amount.put(value));
    this.error = parsed.ok ? null : formatProblem(parsed.error);
    if (parsed.ok) this.#plans.preview(parsed.value);
  }
}
