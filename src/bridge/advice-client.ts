import type { CapacityMap } from "../core/domain/capacity.ts";
import type { Lever } from "../core/domain/levers.ts";
import type { Plan } from "../core/domain/plan.ts";
import type { Result } from "../core/domain/result.ts";
import type { Roofline } from "../core/domain/roofline.ts";
import type { Sensitivity } from "../core/domain/sensitivity.ts";
import type { WeightNode } from "../core/domain/weight-tree.ts";
import type { AdviceApi, Frontier } from "../../workers/api.ts";
import { NewestWins } from "./newest-wins.ts";
import { WorkerHost, type BridgeFailure } from "./worker-host.ts";

type Answer<T> = Promise<Result<T, BridgeFailure> | undefined>;

const LEVERS = 3;

/** The page's side of the worker that looks around a plan: apart from the one that the verdict waits for. */
export class AdviceClient {
  readonly #host = new WorkerHost<AdviceApi>({
    start: () => new Worker(new URL("../../workers/advice.worker.ts", import.meta.url), { type: "module" }),
    fallback: async () => (await import("../../workers/advice-service.ts")).advice,
    timeoutMs: 90_000,
  });
  readonly #frontiers = new NewestWins((plan: Plan) => this.#host.call((api) => api.frontier(plan)));
  readonly #levers = new NewestWins((plan: Plan) => this.#host.call((api) => api.levers(plan, LEVERS)));
  readonly #capacities = new NewestWins((plan: Plan) => this.#host.call((api) => api.capacity(plan)));
  readonly #rooflines = new NewestWins((plan: Plan) => this.#host.call((api) => api.roofline(plan)));
  readonly #sensitivities = new NewestWins((plan: Plan) => this.#host.call((api) => api.sensitivity(plan)));
  readonly #trees = new NewestWins((plan: Plan) => this.#host.call((api) => api.weightTree(plan)));

  /** `undefined`: a newer request took the place of this one. */
  frontier(plan: Plan): Answer<Frontier> {
    return this.#frontiers.ask(plan);
  }

  levers(plan: Plan): Answer<readonly Lever[]> {
    return this.#levers.ask(plan);
  }

  capacity(plan: Plan): Answer<CapacityMap | null> {
    return this.#capacities.ask(plan);
  }

  roofline(plan: Plan): Answer<Roofline | null> {
    return this.#rooflines.ask(plan);
  }

  sensitivity(plan: Plan): Answer<Sensitivity | null> {
    return this.#sensitivities.ask(plan);
  }

  weightTree(plan: Plan): Answer<WeightNode | null> {
    return this.#trees.ask(plan);
  }
}
