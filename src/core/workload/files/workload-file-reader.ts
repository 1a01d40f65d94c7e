/**
 * A file of one's own, read as it comes: what it is, what each request is long, and what they add up to.
 *
 * Memory does not grow with the file: records are forgotten once counted, and what is kept of them is
 * bounded by its own limits (`RequestColumns`, `TimeBuckets`, `PrefixBlocks`).
 */
import type { TraceColumns } from "../../domain/plan-simulation.ts";
import type {
  LineProblem,
  RecordShape,
  WorkloadFileFormat,
  WorkloadFileOptions,
  WorkloadFileSummary,
} from "../../domain/workload-file.ts";
import { createCsv } from "./csv-records.ts";
import { delimiterOf } from "./csv-rows.ts";
import { detectFormat, HEAD_CHARACTERS } from "./detect-format.ts";
import { createDocument } from "./document.ts";
import type { FileParser, FileRecord, GaugeRecord } from "./file-record.ts";
import { createJson, takeJson } from "./json-values.ts";
import { createMetrics, type LengthHistogram, type MetricsSink } from "./metrics-text.ts";
import { CACHE_TOKENS, PrefixBlocks } from "./prefix-blocks.ts";
import { RecordCounter } from "./record-counter.ts";
import { createSglangLog } from "./sglang-log.ts";
import { suggestWorkload } from "./suggest-workload.ts";
import { createLines } from "./text-lines.ts";
import type { EncodeTokens } from "./token-encoder.ts";
import { createVllmLog } from "./vllm-log.ts";
import { WorkloadLearner } from "./workload-learner.ts";

const MOST_PROBLEMS = 100;

/** Text in, cut anywhere; then `end` once. */
export class WorkloadFileReader implements MetricsSink {
  readonly #encode: EncodeTokens;
  readonly #options: WorkloadFileOptions;
  readonly #name: string;
  readonly #prefix = new PrefixBlocks();
  readonly #counter: RecordCounter;
  readonly #learner = new WorkloadLearner();
  readonly #shapes = new Map<RecordShape, number>();
  readonly #problems: LineProblem[] = [];
  readonly #notes = new Set<string>();
  #skipped = 0;
  #head = "";
  #format: WorkloadFileFormat | undefined;
  #parser: FileParser | undefined;
  #characters = 0;
  #lineEnds = 0;
  #endsWithLine = true;

  constructor(encode: EncodeTokens, name = "", options: WorkloadFileOptions = {}) {
    this.#encode = encode;
    this.#name = name;
    this.#options = options;
    this.#counter = new RecordCounter(encode, this.#prefix, options);
  }

  get progress(): { readonly requests: number; readonly countedTokens: number; readonly skipped: number } {
    return {
      requests: this.#learner.requests,
      countedTokens: this.#counter.counted.countedTokens,
      skipped: this.#skipped,
    };
  }

  /** True where the rest of the file cannot change the answer. */
  get isDone(): boolean {
    return this.#format === "binary";
  }

  push(text: string): void {
    if (text === "" || this.isDone) return;
    this.#characters += text.length;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lineEnds++;
    this.#endsWithLine = text.endsWith("\n");
    if (this.#parser) return this.#parser.push(text);
    this.#head += this.#head === "" && text.startsWith("\ufeff") ? text.slice(1) : text;
    if (this.#head.length >= HEAD_CHARACTERS) this.#begin();
  }

  end(): WorkloadFileSummary {
    if (!this.#parser) this.#begin();
    this.#parser?.end();
    return this.#summary();
  }

  /** After `end`: the requests as they came, for the simulation to play. Stays where the file is. */
  trace(): TraceColumns | null {
    return this.#learner.traceColumns();
  }

  record(record: FileRecord | GaugeRecord, line: number): void {
    if (record.kind === "gauge") return this.#learner.addGauge(record);
    const lengths = this.#counter.count(record);
    if (lengths.length === 0) return this.problem(line, "a conversation without an answer");
    this.#shapes.set(record.shape, (this.#shapes.get(record.shape) ?? 0) + 1);
    if (record.tools) this.note("definitions of tools are not counted: the template has no place for them");
    if (record.otherParts !== undefined) this.note("images and other parts that are no text are not counted");
    if (record.weight !== undefined)
      this.note("rows sum up several requests: the spread is that of their means");
    const { atMs, endMs, cachedTokens, weight } = record;
    lengths.forEach(({ input, output }, turn) => {
      this.#learner.add({
        input,
        output,
        // The later turns of a conversation came later, nobody wrote when.
        ...(atMs !== undefined && turn === 0 && { atMs }),
        ...(endMs !== undefined && lengths.length === 1 && { endMs }),
        ...(cachedTokens !== undefined && lengths.length === 1 && { cachedTokens }),
        ...(weight !== undefined && { weight }),
      });
    });
  }

  problem(line: number, problem: string): void {
    this.#skipped++;
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push({ line, problem });
  }

  note(note: string): void {
    this.#notes.add(note);
  }

  histogram(side: "input" | "output", histogram: LengthHistogram): void {
    this.#shapes.set("histogram", (this.#shapes.get("histogram") ?? 0) + 1);
    this.note("lengths come from a histogram: within its buckets they are taken as even");
    this.#learner.addHistogram(side, histogram);
  }

  #begin(): void {
    const head = this.#head;
    this.#head = "";
    this.#format = detectFormat(head, this.#name);
    this.#parser = this.#parserOf(this.#format, head);
    this.#parser?.push(head);
  }

  #parserOf(format: WorkloadFileFormat, head: string): FileParser | undefined {
    switch (format) {
      case "empty":
        return undefined;
      case "binary":
        this.problem(1, "not text: an archive, an image or another binary file");
        return undefined;
      case "text":
        return createDocument(this.#encode, this, this.#counter, this.#options);
      case "json-lines":
        return createLines({
          line: (text, line) => (text.trim() === "" ? undefined : takeJson(text, line, this)),
          problem: (line, problem) => this.problem(line, problem),
        });
      case "json":
        return createJson(this);
      case "csv":
        return createCsv(delimiterOf(head.slice(0, 65_536).split("\n", 1)[0] ?? ""), this);
      case "vllm-log":
        return createVllmLog(this);
      case "sglang-log":
        return createSglangLog(this);
      case "prometheus":
        return createMetrics(this);
    }
  }

  #summary(): WorkloadFileSummary {
    const learned = this.#learner.learned();
    const byBlock = this.#prefix.summary();
    const { requests, input, output, joint, arrivals, concurrency, reportedHitShare } = learned;
    const prefix =
      byBlock.length > 0 || reportedHitShare !== null
        ? { byBlock, cacheTokens: CACHE_TOKENS, reportedHitShare }
        : null;
    if (learned.stride > 1) this.note(`quantiles are of one request in ${learned.stride}; sums are of all`);
    const facts = { input, output, arrivals, concurrency, prefix };
    const { suggestion, notes } = suggestWorkload(facts, this.#options);
    return {
      version: 1,
      format: this.#format ?? "empty",
      shapes: Object.fromEntries(this.#shapes),
      characters: this.#characters,
      lines: this.#lineEnds + (this.#endsWithLine ? 0 : 1),
      requests,
      skipped: { count: this.#skipped, first: this.#problems },
      tokenizer: { ...this.#counter.counted },
      input,
      output,
      joint,
      prefix,
      arrivals,
      concurrency,
      suggestion,
      notes: [...this.#notes, ...notes],
    };
  }
}
