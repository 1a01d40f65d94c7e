import { proxy } from "comlink";
import type { Plan } from "../core/domain/plan.ts";
import type {
  PlanSimulation,
  ReplicaAsk,
  ReplicaSizing,
  SimulationAsk,
  SimulationShare,
} from "../core/domain/plan-simulation.ts";
import type { Problem } from "../core/domain/problem.ts";
import type { Result } from "../core/domain/result.ts";
import type { SimulationApi } from "../../workers/simulation-api.ts";
import { WorkerHost, type BridgeFailure } from "./worker-host.ts";

/** Long searches for replicas on a busy machine; progress shows that it lives. */
const TIMEOUT_MS = 600_000;

/** `undefined`: a newer request took its place, or it was cancelled. */
type Answer<T> = Promise<Result<Result<T, Problem>, BridgeFailure> | undefined>;

/** The page's side of one simulation worker: newest wins, whatever was asked before ends at its next portion. */
export class SimulationClient {
  readonly #host = new WorkerHost<SimulationApi>({
    start: () =>
      new Worker(new URL("../../workers/simulation.worker.ts", import.meta.url), { type: "module" }),
    fallback: async () => new (await import("../../workers/simulation-service.ts")).SimulationWorker(),
    timeoutMs: TIMEOUT_MS,
  });
  #ticket = 0;

  simulate(
    plan: Plan,
    ask: SimulationAsk,
    onShare: (share: SimulationShare) => void,
  ): Answer<PlanSimulation> {
    return this.#ask((api, ticket) => api.simulate(ticket, plan, ask, proxy(onShare)));
  }

  sizeReplicas(
    plan: Plan,
    ask: ReplicaAsk,
    onShare: (share: SimulationShare) => void,
  ): Answer<ReplicaSizing> {
    return this.#ask((api, ticket) => api.sizeReplicas(ticket, plan, ask, proxy(onShare)));
  }

  cancel(): void {
    const ticket = ++this.#ticket;
    void this.#host.call((api) => api.cancel(ticket));
  }

  async #ask<T>(ask: (api: SimulationApi, ticket: number) => Promise<Result<T, Problem> | null>): Answer<T> {
    const ticket = ++this.#ticket;
    const answer = await this.#host.call((api) => ask(api, ticket));
    if (ticket !== this.#ticket) return undefined;
    if (!answer.ok) return answer;
    return answer.value === null ? undefined : { ok: true, value: answer.value };
  }
}

let shared: SimulationClient | undefined;

/** One for the page: its worker starts with the first simulation. */
export const simulationClient = (): SimulationClient => (shared ??= new SimulationClient());
