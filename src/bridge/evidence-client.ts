import type { ClaimAnswer } from "../core/evidence/claim-answer.ts";
import type { Plan } from "../core/domain/plan.ts";
import type { PublishedQuality } from "../core/domain/published.ts";
import type { Result } from "../core/domain/result.ts";
import type { Evidence, EvidenceApi, TensorMix, WeightsAnswer } from "../../workers/api.ts";
import { NewestWins } from "./newest-wins.ts";
import { WorkerHost, type BridgeFailure } from "./worker-host.ts";

type Answer<T> = Promise<Result<T, BridgeFailure>>;

/** The page's side of the evidence worker: one of its own, so that validation never holds a keystroke up. */
export class EvidenceClient {
  readonly #host = new WorkerHost<EvidenceApi>({
    start: () => new Worker(new URL("../../workers/evidence.worker.ts", import.meta.url), { type: "module" }),
    fallback: async () => (await import("../../workers/evidence-service.ts")).evidenceService,
    timeoutMs: 60_000,
  });
  readonly #comparisons = new NewestWins((plans: readonly Plan[]) =>
    this.#host.call((api) => api.compareWeights(plans)),
  );
  readonly #mixes = new NewestWins((plan: Plan) => this.#host.call((api) => api.mix(plan)));

  evidence(): Answer<Evidence> {
    return this.#host.call((api) => api.evidence());
  }

  claims(): Answer<readonly ClaimAnswer[]> {
    return this.#host.call((api) => api.claims());
  }

  quality(): Answer<PublishedQuality> {
    return this.#host.call((api) => api.quality());
  }

  /** `undefined`: a newer request took the place of this one. */
  compareWeights(
    plans: readonly Plan[],
  ): Promise<Result<readonly WeightsAnswer[], BridgeFailure> | undefined> {
    return this.#comparisons.ask(plans);
  }

  mix(plan: Plan): Promise<Result<TensorMix | null, BridgeFailure> | undefined> {
    return this.#mixes.ask(plan);
  }
}

let shared: EvidenceClient | undefined;

/** One for the page: its worker starts with the first view that asks, and what it computed stays. */
export const evidenceClient = (): EvidenceClient => (shared ??= new EvidenceClient());
