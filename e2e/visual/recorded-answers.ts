/**
 * Workers that answer from a file: pictures then change with the page's look, not with a recalibrated model.
 *
 * Taken while snapshots are updated, from the workers themselves; a question that the file has no answer to
 * is a complaint of the page, and so fails its test.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";

const FILE = new URL("./answers.json", import.meta.url);

/** By worker, function and arguments. */
type Answers = Record<string, string>;

/** What crosses to a worker and back; comlink's messages of a call and of its answer. */
interface Call {
  readonly id: string;
  readonly type: string;
  readonly path: readonly string[];
  readonly argumentList: readonly { readonly value: unknown }[];
}

export const readAnswers = (): Answers =>
  existsSync(FILE) ? (JSON.parse(readFileSync(FILE, "utf8")) as Answers) : {};

/** From here on the page's workers are those of the file. */
export async function replay(page: Page): Promise<void> {
  await page.addInitScript(replaceWorkers, readAnswers());
}

/** From here on what the page's workers answer is noted; the result writes it down beside what was known. */
export async function record(page: Page): Promise<() => Promise<void>> {
  await page.addInitScript(listenToWorkers);
  return async () => {
    const heard = await page.evaluate(() => (window as unknown as { heard: Answers }).heard);
    const all = Object.entries({ ...readAnswers(), ...heard }).sort(([a], [b]) => (a < b ? -1 : 1));
    writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
  };
}

/** Runs in the page. */
function replaceWorkers(answers: Answers): void {
  const back = (_: string, value: unknown) => {
    const text = typeof value === "string" ? /^number:(.*)$/.exec(value)?.[1] : undefined;
    return text === undefined ? value : Number(text);
  };
  class Replayed extends EventTarget {
    readonly #name: string;
    constructor(url: string | URL) {
      super();
      this.#name = /([a-z]+)\.worker/.exec(String(url))?.[1] ?? String(url);
    }
    postMessage({ id, type, path, argumentList }: Call): void {
      // what a resting page works out beforehand shows nowhere
      if (type !== "APPLY" || this.#name === "search") return;
      const question = `${this.#name} ${path.join(".")} ${JSON.stringify(argumentList.map((a) => a.value))}`;
      const answer = answers[question];
      if (answer === undefined) {
        console.error(`no recorded answer: ${question}`);
        return;
      }
      const data = { id, type: "RAW", value: JSON.parse(answer, back) as unknown };
      setTimeout(() => this.dispatchEvent(new MessageEvent("message", { data })));
    }
    terminate(): void {
      // nothing runs
    }
  }
  Object.assign(window, { Worker: Replayed });
}

/** Runs in the page. */
function listenToWorkers(): void {
  const heard: Answers = {};
  Object.assign(window, { heard });
  const flat = (_: string, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? `number:${value}` : value;
  class Recorded extends Worker {
    readonly #asked = new Map<string, string>();
    readonly #name: string;
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      this.#name = /([a-z]+)\.worker/.exec(String(url))?.[1] ?? String(url);
      this.addEventListener(
        "message",
        ({ data }: MessageEvent<{ id: string; type: string; value: unknown }>) => {
          const question = this.#asked.get(data.id);
          if (question !== undefined && data.type === "RAW")
            heard[question] = JSON.stringify(data.value, flat);
        },
      );
    }
    override postMessage(message: Call, transfer?: unknown): void {
      if (message.type === "APPLY") {
        const values = JSON.stringify(message.argumentList.map((a) => a.value));
        this.#asked.set(message.id, `${this.#name} ${message.path.join(".")} ${values}`);
      }
      super.postMessage(message, transfer as Transferable[]);
    }
  }
  Object.assign(window, { Worker: Recorded });
}
