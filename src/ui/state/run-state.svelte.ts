import type { PlannerClient } from "../../bridge/planner-client.ts";
import type { Estimate } from "../../core/domain/estimate.ts";
import type { Plan } from "../../core/domain/plan.ts";
import type { NearbyChoice } from "../../../workers/api.ts";
import { afterPaint } from "./after-paint.ts";

/** Numbers turn grey only when the wait can be noticed: most answers come within a frame or two. */
const PENDING_AFTER_MS = 120;

/** Words wait so long for their numbers, for both to change at once; then they go ahead. */
const WORDS_AHEAD_MS = 50;

/** Drawings that follow each other faster than this jump: each frame of a motion would keep the next edit waiting. */
const MOVES_APART_MS = 400;
/** So do those of a machine that took longer than this from the last edit to its figures: it has no frames to spare. */
const SLOW_FIGURES_MS = 120;

/** An estimate and the plan that it is of. */
export interface Drawn {
  readonly estimate: Estimate;
  readonly plan: Plan;
  /** One of several edits in quick succession, or a slow machine: nothing moves. */
  readonly still: boolean;
}

/** Whether the same figures show both: then they may follow a frame later without anything moving. */
const alike = (a: Estimate, b: Estimate): boolean =>
  a.fits === b.fits &&
  (["memory", "performance", "cost"] as const).every((part) => (a[part] === null) === (b[part] === null));

/** What the workers say of the plan on show. Old answers stay until new ones come; `pending` says which they are. */
export class RunState {
  #slow: ReturnType<typeof setTimeout> | undefined;
  #ahead: ReturnType<typeof setTimeout> | undefined;
  #newest: Plan | null = null;
  #askedAt = 0;
  #drawnAt = 0;
  #slowFigures = false;
  readonly #client: PlannerClient;
  estimate = $state.raw<Estimate | null>(null);
  /** The plan that `estimate` is of. */
  plan = $state.raw<Plan | null>(null);
  /** The plan that the sentence tells; `null` before the first answer. */
  told = $state.raw<Plan | null>(null);
  /** What figures are drawn from: the verdict is on the screen before they are drawn anew. */
  drawn = $state.raw<Drawn | null>(null);
  nearby = $state.raw<readonly NearbyChoice[] | null>(null);
  pending = $state(false);
  failure = $state<string | null>(null);

  constructor(client: PlannerClient) {
    this.#client = client;
  }

  async evaluate(plan: Plan): Promise<void> {
    this.#newest = plan;
    this.#askedAt = performance.now();
    this.#slow ??= setTimeout(() => (this.pending = true), PENDING_AFTER_MS);
    this.#ahead ??= setTimeout(() => {
      this.#ahead = undefined;
      this.told = this.#newest;
    }, WORDS_AHEAD_MS);
    const answer = await this.#client.evaluate(plan);
    if (answer === undefined) return;
    clearTimeout(this.#slow);
    clearTimeout(this.#ahead);
    this.#slow = this.#ahead = undefined;
    this.told = plan;
    this.pending = false;
    if (!answer.ok) {
      this.failure = `This plan could not be computed: ${answer.error.message}.`;
      return;
    }
    this.failure = null;
    this.estimate = answer.value;
    this.plan = plan;
    this.#draw(answer.value, plan);
    if (!answer.value.fits) await this.#findNearby(plan);
    else this.nearby = null;
  }

  #draw(estimate: Estimate, plan: Plan): void {
    const now = performance.now();
    const next = { estimate, plan, still: this.#slowFigures || now - this.#drawnAt < MOVES_APART_MS };
    this.#drawnAt = now;
    if (this.drawn === null || !alike(this.drawn.estimate, next.estimate)) {
      this.drawn = next;
      return;
    }
    afterPaint(() => {
      if (this.plan !== plan) return;
      this.drawn = next;
      this.#slowFigures = performance.now() - this.#askedAt > SLOW_FIGURES_MS;
    });
  }

  async #findNearby(plan: Plan): Promise<void> {
    const answer = await this.#client.nearby(plan);
    if (answer?.ok) this.nearby = answer.value;
  }
}
