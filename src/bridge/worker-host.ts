/**
 * One worker behind a promise: started on first use, restarted when it dies, replaced by the same code
 * on the main thread where workers are forbidden.
 */
import { wrap, type Remote } from "comlink";
import { fail, ok, type Result } from "../core/domain/result.ts";

/** A failure as one line: error classes lose their fields at the worker's wall. */
export interface BridgeFailure {
  readonly message: string;
}

interface Host<Api> {
  readonly start: () => Worker;
  /** The same functions without a worker. */
  readonly fallback: () => Promise<Api>;
  readonly timeoutMs: number;
}

interface Running<Api> {
  readonly api: Remote<Api> | Api;
  /** Ends the calls that wait for it. */
  readonly waiting: Set<(lost: Error) => void>;
  readonly stop: () => void;
}

/** A worker that dies this often in a session will die again. */
const MOST_RESTARTS = 3;

export class WorkerHost<Api> {
  readonly #host: Host<Api>;
  #starting: Promise<Running<Api>> | undefined;
  #running: Running<Api> | undefined;
  #restarts = 0;

  constructor(host: Host<Api>) {
    this.#host = host;
  }

  /** Never rejects: a dead, silent or throwing worker is a value. A worker that runs is asked before this returns. */
  async call<T>(ask: (api: Remote<Api> | Api) => Promise<T>): Promise<Result<T, BridgeFailure>> {
    try {
      return ok(await this.#answer(this.#running ?? (await (this.#starting ??= this.#start())), ask));
    } catch (error) {
      return fail({ message: error instanceof Error ? error.message : String(error) });
    }
  }

  /** The answer, or what keeps it from coming. Nothing of a call outlives it. */
  #answer<T>(running: Running<Api>, ask: (api: Remote<Api> | Api) => Promise<T>): Promise<T> {
    const { timeoutMs } = this.#host;
    return new Promise<T>((resolve, reject) => {
      const over = () => {
        clearTimeout(silence);
        running.waiting.delete(lost);
      };
      const lost = (error: Error) => {
        over();
        reject(error);
      };
      const silence = setTimeout(
        () => this.#lose(running, new Error(`no answer within ${timeoutMs / 1e3} s`)),
        timeoutMs,
      );
      running.waiting.add(lost);
      // asked inside a function, so that a throw on this thread is an answer like any other
      (async () => ask(running.api))().then(resolve, reject).finally(over);
    });
  }

  async #start(): Promise<Running<Api>> {
    if (this.#restarts > MOST_RESTARTS) {
      throw new Error("the part that computes has stopped several times; reload the page to go on");
    }
    const waiting: Running<Api>["waiting"] = new Set();
    let worker: Worker;
    try {
      worker = this.#host.start();
    } catch {
      return this.#without(waiting);
    }
    const running = { api: wrap<Api>(worker), waiting, stop: () => worker.terminate() };
    worker.addEventListener("error", (event) =>
      this.#lose(running, new Error(event.message || "the part that computes could not start")),
    );
    worker.addEventListener("messageerror", () =>
      this.#lose(running, new Error("an answer could not be read")),
    );
    this.#running = running;
    return running;
  }

  async #without(waiting: Running<Api>["waiting"]): Promise<Running<Api>> {
    try {
      this.#running = { api: await this.#host.fallback(), waiting, stop: () => undefined };
      return this.#running;
    } catch (error) {
      this.#starting = undefined;
      throw error;
    }
  }

  /** Every call that waits for it ends now; the next one starts another. */
  #lose(running: Running<Api>, error: Error): void {
    if (this.#running === running) {
      this.#restarts++;
      this.#running = undefined;
      this.#starting = undefined;
    }
    running.stop();
    for (const lost of running.waiting) lost(error);
  }
}
