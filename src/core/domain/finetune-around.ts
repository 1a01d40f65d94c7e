/** What lies around a fine-tuning plan: other methods, other inputs. Plain data for the page. */
import type { FinetunePlan } from "./finetune-plan.ts";
import type { Ranged } from "./provenance.ts";

/** One method on the least machines of the plan's kind that hold it. */
export interface MethodChoice {
  readonly plan: FinetunePlan;
  readonly fits: boolean;
  readonly accelerators: number;
  /** Of the fullest accelerator. */
  readonly bytes: number;
  readonly capacity: number;
  readonly hostBytes: number;
  readonly hours: Ranged | null;
  readonly usd: Ranged | null;
  readonly tokensPerSecond: number | null;
}

/** One end of what an input does to the fullest accelerator. */
export interface SensitivityEnd {
  readonly label: string;
  readonly bytes: number;
  readonly plan: FinetunePlan;
}

export interface Sensitivity {
  readonly name: string;
  readonly ends: readonly SensitivityEnd[];
}

export interface FinetuneAround {
  readonly methods: readonly MethodChoice[];
  readonly sensitivity: readonly Sensitivity[];
  readonly bytes: number;
  readonly capacity: number;
}
