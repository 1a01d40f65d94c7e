import type { Estimate } from "../core/domain/estimate.ts";
import type { PlanExplanation } from "../core/domain/explanation.ts";
import type { Plan } from "../core/domain/plan.ts";
import type { Result } from "../core/domain/result.ts";
import type {
  Consequence,
  Directory,
  FitMapCell,
  NearbyChoice,
  PlanSource,
  PlannerApi,
} from "../../workers/api.ts";
import { NewestWins } from "./newest-wins.ts";
import { WorkerHost, type BridgeFailure } from "./worker-host.ts";

type Answer<T> = Promise<Result<T, BridgeFailure> | undefined>;

export interface FitMapRequest {
  readonly plan: Plan;
  readonly weights: readonly string[];
  readonly accelerators: readonly string[];
}

export interface ChangeRequest {
  readonly from: Plan;
  readonly to: Plan;
  readonly title: string;
}

/** The page's side of the planner worker. `undefined`: a newer request took the place of this one. */
export class PlannerClient {
  readonly #host = new WorkerHost<PlannerApi>({
    start: () => new Worker(new URL("../../workers/planner.worker.ts", import.meta.url), { type: "module" }),
    fallback: async () => (await import("../../workers/planner-service.ts")).planner,
    timeoutMs: 20_000,
  });
  readonly #estimates = new NewestWins((plan: Plan) => this.#host.call((api) => api.evaluate(plan)));
  readonly #estimateLists = new NewestWins((plans: readonly Plan[]) =>
    this.#host.call((api) => api.estimates(plans)),
  );
  readonly #explanations = new NewestWins((plan: Plan) => this.#host.call((api) => api.explain(plan)));
  readonly #changes = new NewestWins(({ from, to, title }: ChangeRequest) =>
    this.#host.call((api) => api.explainChange(from, to, title)),
  );
  readonly #sources = new NewestWins((plan: Plan) => this.#host.call((api) => api.sources(plan)));
  readonly #nearby = new NewestWins((plan: Plan) => this.#host.call((api) => api.nearby(plan, 5)));

  readonly #fitMaps = new NewestWins(({ plan, weights, accelerators }: FitMapRequest) =>
    this.#host.call((api) => api.fitMap(plan, weights, accelerators)),
  );

  directory(): Promise<Result<Directory, BridgeFailure>> {
    return this.#host.call((api) => api.directory());
  }

  evaluate(plan: Plan): Answer<Estimate> {
    return this.#estimates.ask(plan);
  }

  explain(plan: Plan): Answer<PlanExplanation | null> {
    return this.#explanations.ask(plan);
  }

  explainChange(request: ChangeRequest): Answer<PlanExplanation<"change"> | null> {
    return this.#changes.ask(request);
  }

  nearby(plan: Plan): Answer<readonly NearbyChoice[]> {
    return this.#nearby.ask(plan);
  }

  fitMap(request: FitMapRequest): Answer<readonly (readonly FitMapCell[])[]> {
    return this.#fitMaps.ask(request);
  }

  estimates(plans: readonly Plan[]): Answer<readonly Result<Estimate, string>[]> {
    return this.#estimateLists.ask(plans);
  }

  sources(plan: Plan): Answer<readonly PlanSource[]> {
    return this.#sources.ask(plan);
  }

  /** A channel of its own for one table: newest wins within it. */
  comparison(): (plans: readonly Plan[]) => Answer<readonly Consequence[]> {
    const channel = new NewestWins((plans: readonly Plan[]) => this.#host.call((api) => api.compare(plans)));
    return (plans) => channel.ask(plans);
  }
}
