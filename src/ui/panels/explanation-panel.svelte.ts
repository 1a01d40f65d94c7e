import type { Component, ComponentProps } from "svelte";
import type { PlanExplanation } from "../../core/domain/explanation.ts";
import type { Result } from "../../core/domain/result.ts";
import type Explanation from "./Explanation.svelte";

/** `undefined`: a newer question came, `null`: nothing can be told. */
export type AskExplanation = () => Promise<
  Result<PlanExplanation<string> | null, { readonly message: string }> | undefined
>;

/** Which number of a verdict is being explained, and from where that was opened. */
export class ExplanationPanel<Metric extends string> {
  #open = $state.raw<{ readonly metric: Metric; readonly button: HTMLElement; readonly left: number } | null>(
    null,
  );
  /** Loaded when it is first asked for. */
  Panel = $state.raw<Component<ComponentProps<typeof Explanation>> | null>(null);
  /** The verdict's row. */
  row = $state<HTMLElement>();

  get metric(): Metric | undefined {
    return this.#open?.metric;
  }

  /** From the left of the row, px. */
  get left(): number {
    return this.#open?.left ?? 0;
  }

  /** What a number's button needs. */
  opens(metric: Metric): {
    readonly explained: boolean;
    readonly onexplain: (button: HTMLElement) => void;
  } {
    return {
      explained: this.metric === metric,
      onexplain: (button) => void this.#toggle(metric, button),
    };
  }

  async #toggle(metric: Metric, button: HTMLElement): Promise<void> {
    if (this.metric === metric) {
      this.#open = null;
      return;
    }
    const left = button.getBoundingClientRect().left - (this.row?.getBoundingClientRect().left ?? 0);
    this.#open = { metric, button, left: left - 18 };
    this.Panel ??= (await import("./Explanation.svelte")).default;
  }

  /** Back to where it was opened from, unless the reader has gone elsewhere. */
  readonly close = (): void => {
    const inside = document.getElementById("explanation")?.contains(document.activeElement);
    if (inside) this.#open?.button.focus();
    this.#open = null;
  };
}
