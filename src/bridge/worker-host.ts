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
  readonly died: Promise<never>;
  readonly stop: () => void;
}

/** A worker that dies this often in a session will die again. */
const MOST_RESTARTS = 3;

export class WorkerHost<Api> {
  readonly #host: Host<Api>;
  #running: Promise<Running<Api>> | undefined;
  #restarts = 0;

  constructor(host: Host<Api>) {
    this.#host = host;
  }

  /** Never rejects: a dead, silent or throwing worker is a value. */
  async call<T>(ask: (api: Remote<Api> | Api) => Promise<T>): Promise<Result<T, BridgeFailure>> {
    let running: Running<Api> | undefined;
    const silence = this.#silence();
    try {
      this.#running ??= this.#start();
      running = await this.#running;
      return ok(await Promise.race([ask(running.api), running.died, silence.broken]));
    } catch (error) {
      if (error instanceof WorkerLost || running === undefined) this.#drop();
      return fail({ message: error instanceof Error ? error.message : String(error) });
    } finally {
      clearTimeout(silence.timer);
    }
  }

  async #start(): Promise<Running<Api>> {
    if (this.#restarts > MOST_RESTARTS) {
      throw new Error("the part that computes has stopped several times; reload the page to go on");
    }
    let worker: Worker;
    try {
      worker = this.#host.start();
    } catch {
      const never = new Promise<never>(() => undefined);
      return { api: await this.#host.fallback(), died: never, stop: () => undefined };
    }
    const died = new Promise<never>((_, reject) => {
      worker.addEventListener("error", (event) =>
        reject(new WorkerLost(event.message || "the part that computes could not start")),
      );
      worker.addEventListener("messageerror", () => reject(new WorkerLost("an answer could not be read")));
    });
    died.catch(() => undefined);
    return { api: wrap<Api>(worker), died, stop: () => worker.terminate() };
  }

  #silence(): { broken: Promise<never>; timer: ReturnType<typeof setTimeout> | undefined } {
    const { timeoutMs } = this.#host;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const broken = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new WorkerLost(`no answer within ${timeoutMs / 1e3} s`)), timeoutMs);
    });
    return { broken, timer };
  }

  #drop(): void {
    this.#restarts++;
    this.#running?.then(({ stop }) => stop()).catch(() => undefined);
    this.#running = undefined;
  }
}

class WorkerLost extends Error {}
