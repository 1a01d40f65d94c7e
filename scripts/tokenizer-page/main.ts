/** The tokenizer worker without the rest of the page, for scripts/bench-tokenizer.mjs. */
import { TokenizerClient } from "../../src/bridge/tokenizer-client.ts";
import type { WorkloadFileProgress, WorkloadFileSummary } from "../../src/core/domain/workload-file.ts";

const client = new TokenizerClient();
const input = document.querySelector("input") as HTMLInputElement;
let longestTaskMs = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longestTaskMs = Math.max(longestTaskMs, duration);
}).observe({ type: "longtask" });

interface Measured {
  readonly summary: WorkloadFileSummary;
  readonly ms: number;
  readonly progress: number;
  readonly longestTaskMs: number;
}

const api = {
  encode: (text: string) => client.encode(text),
  /** Reads the chosen file; `undefined`: cancelled. */
  async read(onProgress?: (progress: WorkloadFileProgress) => void): Promise<Measured | undefined> {
    const file = input.files?.[0];
    if (!file) throw new Error("no file is chosen");
    let progress = 0;
    longestTaskMs = 0;
    const start = performance.now();
    const answer = await client.readFile(file, {}, (now) => {
      progress++;
      onProgress?.(now);
    });
    if (answer === undefined) return undefined;
    if (!answer.ok) throw new Error(answer.error.message);
    if (!answer.value.ok) throw new Error(answer.value.error.problem);
    return { summary: answer.value.value, ms: performance.now() - start, progress, longestTaskMs };
  },
  /** How long the page waits for a cancelled file. */
  async cancelAfterFirstProgress(): Promise<{ readonly ms: number; readonly answered: boolean }> {
    let cancelled = Number.NaN;
    const answer = await api.read(() => {
      if (!Number.isNaN(cancelled)) return;
      cancelled = performance.now();
      client.cancel();
    });
    return { ms: performance.now() - cancelled, answered: answer !== undefined };
  },
};

declare global {
  interface Window {
    tokenizer: typeof api;
  }
}
window.tokenizer = api;
