import type { DistillMetric, PlanExplanation } from "../core/domain/explanation.ts";
import type { DistillEstimate } from "../core/domain/distill-estimate.ts";
import type { DistillPlan } from "../core/domain/distill-plan.ts";
import { allOk, type Result } from "../core/domain/result.ts";
import type { DistillApi, DistillConsequence, DistillDirectory, TeacherSearch } from "../../workers/api.ts";
import { NewestWins } from "./newest-wins.ts";
import { WorkerHost, type BridgeFailure } from "./worker-host.ts";

type Evaluated = { readonly estimate: DistillEstimate } | { readonly problem: string };

/** The page's side of the distillation worker. */
export class DistillClient {
  readonly #host = new WorkerHost<DistillApi>({
    start: () => new Worker(new URL("../../workers/distill.worker.ts", import.meta.url), { type: "module" }),
    fallback: async () => (await import("../../workers/distill-service.ts")).distiller,
    timeoutMs: 60_000,
  });
  readonly #evaluations = new NewestWins((plan: DistillPlan) => this.#host.call((api) => api.evaluate(plan)));
  readonly #explanations = new NewestWins((plan: DistillPlan) => this.#host.call((api) => api.explain(plan)));
  readonly #comparisons = new NewestWins((plans: readonly DistillPlan[]) =>
    this.#host.call((api) => api.compare(plans)),
  );

  directory(): Promise<Result<DistillDirectory, BridgeFailure>> {
    return this.#host.call((api) => api.directory());
  }

  /** `undefined`: a newer request took the place of this one. */
  evaluate(plan: DistillPlan): Promise<Result<Evaluated, BridgeFailure> | undefined> {
    return this.#evaluations.ask(plan);
  }

  /** As many answers as plans, in their order. */
  async estimates(plans: readonly DistillPlan[]): Promise<Result<readonly Evaluated[], BridgeFailure>> {
    return allOk(await Promise.all(plans.map((plan) => this.#host.call((api) => api.evaluate(plan)))));
  }

  explain(
    plan: DistillPlan,
  ): Promise<Result<PlanExplanation<DistillMetric> | null, BridgeFailure> | undefined> {
    return this.#explanations.ask(plan);
  }

  compare(
    plans: readonly DistillPlan[],
  ): Promise<Result<readonly DistillConsequence[], BridgeFailure> | undefined> {
    return this.#comparisons.ask(plans);
  }

  findTeachers(plan: DistillPlan, limit: number): Promise<Result<TeacherSearch, BridgeFailure>> {
    return this.#host.call((api) => api.findTeachers(plan, limit));
  }
}

let shared: DistillClient | undefined;

/** One for the page: its worker starts with the first view that asks. */
export const distillClient = (): DistillClient => (shared ??= new DistillClient());
