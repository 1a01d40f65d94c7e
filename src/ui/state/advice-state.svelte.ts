import type { AdviceClient } from "../../bridge/advice-client.ts";
import type { BridgeFailure } from "../../bridge/worker-host.ts";
import type { CapacityMap } from "../../core/domain/capacity.ts";
import type { Lever } from "../../core/domain/levers.ts";
import type { Plan } from "../../core/domain/plan.ts";
import type { Result } from "../../core/domain/result.ts";
import type { Roofline } from "../../core/domain/roofline.ts";
import type { Sensitivity } from "../../core/domain/sensitivity.ts";
import type { WeightNode } from "../../core/domain/weight-tree.ts";
import type { Frontier } from "../../../workers/api.ts";

/** While a reader types or tries rows only the verdict follows; what lies around a plan is worked out once they rest. */
const REST_MS = 120;

/** An answer and the plan that it is of; `null` inside where the plan has none. */
export interface Of<T> {
  readonly plan: Plan;
  readonly value: T | null;
}

/**
 * What lies around the plan on show. Old answers stay until new ones come; one that comes after the next edit is not
 * drawn: its drawing would keep that edit's verdict waiting.
 */
export class AdviceState {
  readonly #client: AdviceClient;
  #rest: ReturnType<typeof setTimeout> | undefined;
  frontier = $state.raw<Frontier | null>(null);
  /** The plan that `frontier` is of. */
  frontierPlan = $state.raw<Plan | null>(null);
  levers = $state.raw<readonly Lever[] | null>(null);
  leversPlan = $state.raw<Plan | null>(null);
  roofline = $state.raw<Of<Roofline> | null>(null);
  capacity = $state.raw<Of<CapacityMap> | null>(null);
  /** Of the nearest plan that fits, where nobody fits the one on show. */
  nearCapacity = $state.raw<Of<CapacityMap> | null>(null);
  sensitivity = $state.raw<Of<Sensitivity> | null>(null);
  failure = $state<string | null>(null);
  /** Why what lies deeper is missing. */
  deeperFailure = $state<string | null>(null);
  #wanted: Plan | null = null;
  #near: Plan | null = null;
  #asking = false;
  #deeper = false;

  constructor(client: AdviceClient) {
    this.#client = client;
  }

  /** `around`: the frontier and the levers too, which a plan that does not fit has not. */
  lookAround(plan: Plan, around = true): void {
    clearTimeout(this.#rest);
    this.#wanted = plan;
    this.#rest = setTimeout(() => void this.#ask(plan, around), REST_MS);
  }

  /** Somebody shows what lies deeper: from now on it is worked out too, after all else. */
  lookDeeper(): void {
    this.#deeper = true;
    void this.#askDeeper();
  }

  /** Nobody fits the plan on show: this one stands in for it. */
  lookNear(plan: Plan | null): void {
    this.#near = plan;
    if (plan === null) this.nearCapacity = null;
    else void this.#askDeeper();
  }

  /** `undefined`: a newer question took its place. */
  weightTree(plan: Plan): Promise<Result<WeightNode | null, BridgeFailure> | undefined> {
    return this.#client.weightTree(plan);
  }

  async #ask(plan: Plan, around: boolean): Promise<void> {
    if (around) await this.#askAround(plan);
    await this.#askDeeper();
  }

  /** One question after another, each about the newest plan: an edit waits for one of them at most. */
  async #askDeeper(): Promise<void> {
    if (this.#asking || !this.#deeper) return;
    this.#asking = true;
    const client = this.#client;
    for (;;) {
      const plan = this.#wanted;
      if (plan === null) break;
      if (this.roofline?.plan !== plan) {
        this.deeperFailure = null;
        const answer = await client.roofline(plan);
        if (plan === this.#wanted) this.roofline = this.#told(plan, answer);
      } else if (this.capacity?.plan !== plan) {
        const answer = await client.capacity(plan);
        if (plan === this.#wanted) this.capacity = this.#told(plan, answer);
      } else if (this.#near !== null && this.nearCapacity?.plan !== this.#near) {
        const near = this.#near;
        const answer = await client.capacity(near);
        if (near === this.#near) this.nearCapacity = this.#told(near, answer);
      } else if (this.sensitivity?.plan !== plan) {
        const answer = await client.sensitivity(plan);
        if (plan === this.#wanted) this.sensitivity = this.#told(plan, answer);
      } else break;
    }
    this.#asking = false;
  }

  /** An answer that failed leaves nothing to draw, and says so. */
  #told<T>(plan: Plan, answer: Result<T | null, BridgeFailure> | undefined): Of<T> {
    if (answer?.ok === false)
      this.deeperFailure = `Some figures of this plan could not be computed: ${answer.error.message}.`;
    return { plan, value: answer?.ok ? answer.value : null };
  }

  async #askAround(plan: Plan): Promise<void> {
    const frontier = await this.#client.frontier(plan);
    if (frontier === undefined || plan !== this.#wanted) return;
    if (frontier.ok) {
      this.frontier = frontier.value;
      this.frontierPlan = plan;
    }
    const levers = await this.#client.levers(plan);
    if (levers === undefined || plan !== this.#wanted) return;
    if (levers.ok) {
      this.levers = levers.value;
      this.leversPlan = plan;
    }
    this.failure = frontier.ok && levers.ok ? null : "What lies around this plan could not be computed.";
  }
}
