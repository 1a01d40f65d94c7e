import { proxy, wrap } from "comlink";
import type { TraceColumns } from "../core/domain/plan-simulation.ts";
import type { Problem } from "../core/domain/problem.ts";
import { fail, ok, type Result } from "../core/domain/result.ts";
import type {
  WorkloadFileOptions,
  WorkloadFileProgress,
  WorkloadFileSummary,
} from "../core/domain/workload-file.ts";
import type { TokenizerApi } from "../../workers/tokenizer-api.ts";
import type { BridgeFailure } from "./worker-host.ts";

interface Running {
  readonly worker: Worker;
  readonly api: TokenizerApi;
  /** Ends with the reason why the worker stopped. */
  readonly stopped: Promise<string>;
  readonly stop: (reason: string) => void;
}

const CANCELLED = "cancelled";

/**
 * The page's side of the tokenizer worker, which starts when a file is first dropped. There is no limit
 * of time: files are as long as they are. Cancelling ends the worker, at once and wherever it is.
 */
export class TokenizerClient {
  readonly #start: () => Worker;
  #running: Running | undefined;
  #reading = false;

  constructor(start = startWorker) {
    this.#start = start;
  }

  /** `undefined`: cancelled. Newer files take the place of the one at work. */
  async readFile(
    file: File,
    options: WorkloadFileOptions = {},
    onProgress: (progress: WorkloadFileProgress) => void = () => undefined,
  ): Promise<Result<Result<WorkloadFileSummary, Problem>, BridgeFailure> | undefined> {
    if (this.#reading) this.cancel();
    this.#reading = true;
    const answer = await this.#call((api) => api.readFile(file, options, proxy(onProgress)));
    // Undefined: a newer file may be at work, and its flag is not this one's to clear.
    if (answer !== undefined) this.#reading = false;
    return answer;
  }

  /** Ids of a text, nothing added. Waits while a file is read. */
  encode(text: string): Promise<Result<readonly number[], BridgeFailure> | undefined> {
    return this.#call((api) => api.encode(text));
  }

  /** Requests of the file read last, as they came. */
  trace(): Promise<Result<TraceColumns | null, BridgeFailure> | undefined> {
    return this.#call((api) => api.trace());
  }

  /** Ends the worker too: the next file waits for a new one. */
  cancel(): void {
    this.#reading = false;
    this.#running?.stop(CANCELLED);
    this.#running = undefined;
  }

  async #call<T>(ask: (api: TokenizerApi) => Promise<T>): Promise<Result<T, BridgeFailure> | undefined> {
    try {
      this.#running ??= run(this.#start());
    } catch {
      return fail({ message: "this browser does not let the page count in the background" });
    }
    const running = this.#running;
    try {
      const done = await Promise.race([
        ask(running.api).then((value) => ({ value })),
        running.stopped.then((reason) => ({ reason })),
      ]);
      if ("value" in done) return ok(done.value);
      if (this.#running === running) this.#running = undefined;
      return done.reason === CANCELLED ? undefined : fail({ message: done.reason });
    } catch (error) {
      return fail({ message: error instanceof Error ? error.message : String(error) });
    }
  }
}

const startWorker = () =>
  new Worker(new URL("../../workers/tokenizer.worker.ts", import.meta.url), { type: "module" });

function run(worker: Worker): Running {
  let stop: (reason: string) => void = () => undefined;
  const stopped = new Promise<string>((resolve) => {
    stop = (reason) => {
      worker.terminate();
      resolve(reason);
    };
  });
  worker.addEventListener("error", (event) => stop(event.message || "the counting could not start"));
  worker.addEventListener("messageerror", () => stop("an answer could not be read"));
  return { worker, api: wrap<TokenizerApi>(worker), stopped, stop };
}
