/** What the page may ask of the tokenizer worker. Types only; plain data both ways. */
import type { TraceColumns } from "../src/core/domain/plan-simulation.ts";
import type { Problem } from "../src/core/domain/problem.ts";
import type { Result } from "../src/core/domain/result.ts";
import type {
  WorkloadFileOptions,
  WorkloadFileProgress,
  WorkloadFileSummary,
} from "../src/core/domain/workload-file.ts";

export type OnProgress = (progress: WorkloadFileProgress) => void;

export interface TokenizerApi {
  /** Fetches and builds the tokenizer; every other call does so where it was not done. */
  readonly load: () => Promise<{ readonly loadMs: number }>;
  /** Ids of the text alone, nothing added. */
  readonly encode: (text: string) => Promise<readonly number[]>;
  /** Only one file at a time: the second waits for the first. */
  readonly readFile: (
    file: File,
    options: WorkloadFileOptions,
    onProgress: OnProgress,
  ) => Promise<Result<WorkloadFileSummary, Problem>>;
  /** Of the file read last: its requests as they came; null where none has a time. */
  readonly trace: () => Promise<TraceColumns | null>;
}
