/** When an instance looks at its line: every so many decode steps, or so many after its last pass. */
import type { InstanceSetup } from "../domain/simulation.ts";
import type { Rank } from "./rank.ts";

const idle = (rank: Rank): boolean => rank.running.length === 0;

export class Looks {
  private readonly interval: number;
  private readonly gathers: boolean;
  private readonly tokenBudget: number;
  /** Step that intervals are counted from. */
  private from = 0;
  /** The line was longer than one pass could take: it is looked at again before the interval is over. */
  private goesOn = false;

  constructor({ schedulerInterval, gathersPrompts }: InstanceSetup, tokenBudget: number) {
    this.interval = schedulerInterval;
    this.gathers = gathersPrompts;
    this.tokenBudget = tokenBudget;
  }

  due(step: number, ranks: readonly Rank[]): boolean {
    if (!this.gathers) return this.goesOn || this.since(step) === 0 || ranks.every(idle);
    return ranks.some(idle) || this.gathered(ranks) || (step > this.from && this.since(step) === 0);
  }

  /** Prompts need not be waited for any longer: each of several ranks has one, or one alone what its budget takes. */
  gathered(ranks: readonly Rank[]): boolean {
    if (!this.gathers) return false;
    if (ranks.length > 1) return ranks.every((rank) => rank.line.length > 0);
    let tokens = 0;
    for (const { prompt } of ranks[0]?.line ?? []) if ((tokens += prompt) >= this.tokenBudget) return true;
    return false;
  }

  /** A look is over; `goesOn`: a pass takes prompts and leaves others in the line. */
  looked(goesOn: boolean): void {
    this.goesOn = goesOn;
  }

  /** A pass is over, `step` steps have been made. */
  passed(step: number): void {
    if (this.gathers) this.from = step;
  }

  /** Steps of a run that may pass before the next look; no end where one has just been without success. */
  stepsLeft(step: number): number {
    const since = this.since(step);
    return since === 0 && !this.gathers ? Number.POSITIVE_INFINITY : this.interval - since;
  }

  /** Steps from `step` on until the line is looked at, none at the very step of a look. */
  stepsFrom(step: number): number {
    const since = this.since(step);
    return since === 0 ? 0 : this.interval - since;
  }

  private since(step: number): number {
    return (step - this.from) % this.interval;
  }
}
