import type { DistillClient } from "../../../bridge/distill-client.ts";
import type { DistillEstimate } from "../../../core/domain/distill-estimate.ts";
import type { DistillPlan } from "../../../core/domain/distill-plan.ts";
import type { DistillDirectory, TeacherSearch } from "../../../../workers/api.ts";

/** Numbers turn grey only when the wait can be noticed. */
const PENDING_AFTER_MS = 120;

/** What the worker says of the distillation on show. Old answers stay until new ones come. */
export class DistillState {
  readonly client: DistillClient;
  #slow: ReturnType<typeof setTimeout> | undefined;
  directory = $state.raw<DistillDirectory | null>(null);
  estimate = $state.raw<DistillEstimate | null>(null);
  /** The plan that `estimate` is of: figures are drawn from these two together. */
  plan = $state.raw<DistillPlan | null>(null);
  pending = $state(false);
  problem = $state<string | null>(null);
  #teachers = $state.raw<TeacherSearch | null>(null);
  /** The plan that they were searched for. */
  #teachersPlan = $state.raw<DistillPlan | null>(null);
  searching = $state(false);

  constructor(client: DistillClient) {
    this.client = client;
  }

  async learn(): Promise<void> {
    const answer = await this.client.directory();
    if (answer.ok) this.directory = answer.value;
    else this.problem = `Students and devices could not be read: ${answer.error.message}.`;
  }

  async evaluate(plan: DistillPlan): Promise<void> {
    this.#slow ??= setTimeout(() => (this.pending = true), PENDING_AFTER_MS);
    const answer = await this.client.evaluate(plan);
    if (answer === undefined) return;
    clearTimeout(this.#slow);
    this.#slow = undefined;
    this.pending = false;
    if (!answer.ok) {
      this.problem = `This plan could not be computed: ${answer.error.message}.`;
    } else if ("problem" in answer.value) {
      this.problem = answer.value.problem;
    } else {
      this.problem = null;
      this.estimate = answer.value.estimate;
      this.plan = plan;
    }
  }

  /** Teachers found for another model, job or price are no answer to this plan; which server it has is no matter. */
  teachersOf({ model, job, price }: DistillPlan): TeacherSearch | null {
    const of = this.#teachersPlan;
    if (of === null) return null;
    const same = JSON.stringify([of.model, of.job, of.price]) === JSON.stringify([model, job, price]);
    return same ? this.#teachers : null;
  }

  async findTeachers(plan: DistillPlan): Promise<void> {
    if (this.searching) return;
    this.searching = true;
    const answer = await this.client.findTeachers(plan, 5);
    this.searching = false;
    if (answer.ok) {
      this.#teachers = answer.value;
      this.#teachersPlan = plan;
    } else this.problem = `The search stopped: ${answer.error.message}.`;
  }
}
