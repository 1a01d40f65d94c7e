import type { Plan } from "../core/domain/plan.ts";
import type { Problem } from "../core/domain/problem.ts";
import type { Result } from "../core/domain/result.ts";
import type { GgufApi, ModelFileAnswer } from "../../workers/gguf-api.ts";
import { NewestWins } from "./newest-wins.ts";
import { WorkerHost, type BridgeFailure } from "./worker-host.ts";

interface Request {
  readonly files: readonly File[];
  readonly plan: Plan;
}

/** The page's side of the worker that reads files of models; it starts with the first file. */
export class GgufClient {
  readonly #host = new WorkerHost<GgufApi>({
    start: () => new Worker(new URL("../../workers/gguf.worker.ts", import.meta.url), { type: "module" }),
    fallback: async () => (await import("../../workers/gguf-service.ts")).ggufReader,
    // A network drive may take its time for five megabytes.
    timeoutMs: 120_000,
  });
  readonly #reads = new NewestWins(({ files, plan }: Request) =>
    this.#host.call((api) => api.read(files, plan)),
  );

  /** `undefined`: newer files or a newer plan took the place of these. */
  read(
    files: readonly File[],
    plan: Plan,
  ): Promise<Result<Result<ModelFileAnswer, Problem>, BridgeFailure> | undefined> {
    return this.#reads.ask({ files, plan });
  }

  /** Forgets the file at work. */
  abort(): void {
    this.#reads.abort();
  }
}

let shared: GgufClient | undefined;

/** One for the page: its worker starts with the first file. */
export const ggufClient = (): GgufClient => (shared ??= new GgufClient());
