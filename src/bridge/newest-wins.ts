/** Wrapped, so that waiting for a turn does not wait for its answer. */
interface Turn<Answer> {
  readonly answer: Promise<Answer>;
}

/**
 * One request at work, at most one waiting, and that is the newest.
 *
 * A superseded request resolves to `undefined` instead of an answer nobody wants any more.
 */
export class NewestWins<Request, Answer> {
  readonly #work: (request: Request) => Promise<Answer>;
  #busy = false;
  #waiting: { request: Request; settle: (turn: Turn<Answer> | undefined) => void } | undefined;
  #newest = 0;

  constructor(work: (request: Request) => Promise<Answer>) {
    this.#work = work;
  }

  async ask(request: Request): Promise<Answer | undefined> {
    const ticket = ++this.#newest;
    this.#waiting?.settle(undefined);
    this.#waiting = undefined;
    if (this.#busy) {
      const turn = await new Promise<Turn<Answer> | undefined>((settle) => {
        this.#waiting = { request, settle };
      });
      if (turn === undefined) return undefined;
      return this.#keepNewest(ticket, await turn.answer);
    }
    return this.#keepNewest(ticket, await this.#start(request));
  }

  /** Drops what waits and forgets what is at work. */
  abort(): void {
    this.#newest++;
    this.#waiting?.settle(undefined);
    this.#waiting = undefined;
  }

  #keepNewest(ticket: number, answer: Answer): Answer | undefined {
    return ticket === this.#newest ? answer : undefined;
  }

  async #start(request: Request): Promise<Answer> {
    this.#busy = true;
    try {
      return await this.#work(request);
    } finally {
      this.#busy = false;
      const next = this.#waiting;
      this.#waiting = undefined;
      if (next) next.settle({ answer: this.#start(next.request) });
    }
  }
}
