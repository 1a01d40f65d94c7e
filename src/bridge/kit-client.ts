import type { AnyPlan } from "../core/domain/any-plan.ts";
import type { Problem } from "../core/domain/problem.ts";
import type { Result } from "../core/domain/result.ts";
import type { KitAnswer, KitApi } from "../../workers/api.ts";
import { NewestWins } from "./newest-wins.ts";
import { WorkerHost, type BridgeFailure } from "./worker-host.ts";

/** The page's side of the kit worker, which starts when a kit is first looked at. */
export class KitClient {
  readonly #host = new WorkerHost<KitApi>({
    start: () => new Worker(new URL("../../workers/kit.worker.ts", import.meta.url), { type: "module" }),
    fallback: async () => (await import("../../workers/kit-service.ts")).kitCompiler,
    timeoutMs: 30_000,
  });
  readonly #kits = new NewestWins((plan: AnyPlan) => this.#host.call((api) => api.compile(plan)));

  /** `undefined`: a newer request took the place of this one. */
  compile(plan: AnyPlan): Promise<Result<Result<KitAnswer, Problem>, BridgeFailure> | undefined> {
    return this.#kits.ask(plan);
  }
}

let shared: KitClient | undefined;

/** One for the page: its worker starts with the first kit. */
export const kitClient = (): KitClient => (shared ??= new KitClient());
