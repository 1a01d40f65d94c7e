import { TokenizerClient } from "../../../bridge/tokenizer-client.ts";
import type { TraceColumns } from "../../../core/domain/plan-simulation.ts";
import type {
  WorkloadFileOptions,
  WorkloadFileProgress,
  WorkloadFileSummary,
} from "../../../core/domain/workload-file.ts";

export type ReadingState = "idle" | "reading" | "done" | "cancelled" | "failed";

/** The file that was dropped and what it says; the file itself is read once and not kept. */
export class WorkloadState {
  readonly #client = new TokenizerClient();
  reading = $state<ReadingState>("idle");
  name = $state("");
  progress = $state.raw<WorkloadFileProgress | null>(null);
  /** Since the first byte of the file, loading of the tokenizer left out. */
  seconds = $state(0);
  summary = $state.raw<WorkloadFileSummary | null>(null);
  trace = $state.raw<TraceColumns | null>(null);
  problem = $state<string | null>(null);
  options = $state.raw<Required<WorkloadFileOptions>>({ prompts: "chat", blockTokens: 64 });
  #file: File | null = null;

  async read(file: File): Promise<void> {
    this.#file = file;
    this.name = file.name;
    this.reading = "reading";
    this.progress = { bytes: 0, totalBytes: file.size, requests: 0, countedTokens: 0, skipped: 0 };
    this.seconds = 0;
    this.problem = null;
    let began = 0;
    const answer = await this.#client.readFile(file, this.options, (progress) => {
      if (this.#file !== file) return;
      if (began === 0) began = performance.now();
      this.progress = progress;
      this.seconds = (performance.now() - began) / 1e3;
    });
    // Cancelled, or another file took its place: that one has the word.
    if (answer === undefined || this.#file !== file) return;
    if (!answer.ok) return this.#fail(answer.error.message);
    if (!answer.value.ok) return this.#fail(answer.value.error.problem);
    const trace = await this.#client.trace();
    if (this.#file !== file) return;
    this.summary = answer.value.value;
    this.trace = trace?.ok ? trace.value : null;
    this.reading = "done";
  }

  /** Counted again the other way: a file that was chosen stays readable while the page is open. */
  setPrompts(prompts: "chat" | "completion"): void {
    if (prompts === this.options.prompts) return;
    this.options = { ...this.options, prompts };
    if (this.#file !== null) void this.read(this.#file);
  }

  /** Hits of every block size are known: no need to read again. */
  setBlock(blockTokens: 16 | 64 | 256): void {
    this.options = { ...this.options, blockTokens };
    const { summary } = this;
    const found = summary?.prefix?.byBlock.find((row) => row.blockTokens === blockTokens);
    if (summary === null || found === undefined || summary.prefix?.reportedHitShare !== null) return;
    const prefixHitRate = Math.min(1, Number(found.hitShare.toFixed(3)));
    this.summary = { ...summary, suggestion: { ...summary.suggestion, prefixHitRate } };
  }

  cancel(): void {
    this.#file = null;
    this.#client.cancel();
    this.reading = "cancelled";
  }

  #fail(message: string): void {
    this.reading = "failed";
    this.problem = message;
  }
}

let shared: WorkloadState | undefined;

/** One for the page: what was read stays while other views are open. */
export const workloadState = (): WorkloadState => (shared ??= new WorkloadState());
