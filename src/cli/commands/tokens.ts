import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { TextDecoder } from "node:util";
import type { TraceColumns } from "../../core/domain/plan-simulation.ts";
import type {
  LengthSummary,
  WorkloadFileOptions,
  WorkloadFileSummary,
} from "../../core/domain/workload-file.ts";
import { formatCount, formatFixed } from "../../core/units/format.ts";
import { WorkloadFileReader } from "../../core/workload/files/workload-file-reader.ts";
import { onlyOne, readArguments } from "../arguments.ts";
import { badInput } from "../bad-input.ts";
import { EXIT, oneLine, printJson, type Io } from "../io.ts";
import { printTable } from "../table.ts";
import { loadEncoder } from "../tokenizer.ts";

/** What a file says about a workload, by the reader that the page uses. */
export async function tokensCommand(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: "boolean" },
    completion: { type: "boolean" },
    block: { type: "string" },
  });
  const file = onlyOne(positionals, "FILE");
  const options = { prompts: values.completion ? "completion" : "chat", ...blockOf(values.block) } as const;
  const { summary } = await readWorkload(file, options, io);
  await io.out(values.json ? printJson(summary) : printSummary(summary));
  return EXIT.done;
}

function blockOf(text: string | undefined): Pick<WorkloadFileOptions, "blockTokens"> {
  if (text === undefined) return {};
  const block = ([16, 64, 256] as const).find((size) => String(size) === text);
  if (block === undefined)
    throw badInput("--block", `expected 16, 64 or 256, got ${JSON.stringify(text.slice(0, 40))}`);
  return { blockTokens: block };
}

export interface ReadWorkload {
  readonly summary: WorkloadFileSummary;
  /** Requests as they came; null where none has a time. */
  readonly trace: TraceColumns | null;
}

/** A file, or stdin for `-`, by the reader that the page uses. Throws BadInput. */
export async function readWorkload(
  file: string,
  options: WorkloadFileOptions,
  io: Io,
): Promise<ReadWorkload> {
  const reader = file === "-" ? await readStdin(io, options) : await readFile(file, options);
  return { summary: reader.end(), trace: reader.trace() };
}

async function readStdin(io: Io, options: WorkloadFileOptions): Promise<WorkloadFileReader> {
  const reader = new WorkloadFileReader(await loadEncoder(), "", options);
  reader.push(await io.stdin());
  return reader;
}

async function readFile(path: string, options: WorkloadFileOptions): Promise<WorkloadFileReader> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw badInput(path, "no such file");
  if (found.isDirectory()) throw badInput(path, "is a folder");
  const reader = new WorkloadFileReader(await loadEncoder(), basename(path), options);
  let decoder: TextDecoder | undefined;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 17 })) {
      const bytes = chunk as Uint8Array;
      decoder ??= new TextDecoder(encodingOf(bytes));
      reader.push(decoder.decode(bytes, { stream: true }));
      if (reader.isDone) break;
    }
  } catch (error) {
    throw badInput(path, error instanceof Error ? error.message : "cannot be read");
  }
  reader.push(decoder?.decode() ?? "");
  return reader;
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

function printSummary(summary: WorkloadFileSummary): string {
  const { format, requests, lines, skipped, tokenizer, input, output } = summary;
  const parts = [
    `${format}: ${formatCount(requests)} requests in ${formatCount(lines)} lines, ${formatCount(tokenizer.countedTokens)} tokens counted (${formatCount(tokenizer.templateTokens)} of them marks), ${formatCount(skipped.count)} records left out\n`,
    printLengths(input, output),
    printRest(summary),
    skipped.first
      .slice(0, 10)
      .map(({ line, problem }) => `line ${line}: ${oneLine(problem)}\n`)
      .join(""),
    summary.notes.map((note) => `${note}\n`).join(""),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function printLengths(input: LengthSummary | null, output: LengthSummary | null): string {
  const row = (name: string, lengths: LengthSummary | null) =>
    lengths === null
      ? []
      : [[name, ...["mean", "p50", "p90", "p95", "p99", "max"].map((key) => cellOf(lengths, key))]];
  const rows = [...row("tokens in", input), ...row("tokens out", output)];
  return rows.length === 0 ? "" : printTable([["", "mean", "p50", "p90", "p95", "p99", "max"], ...rows]);
}

const cellOf = (lengths: LengthSummary, key: string): string =>
  formatCount(Math.round(lengths[key as "mean" | "p50"]));

function printRest({ prefix, arrivals, concurrency, suggestion }: WorkloadFileSummary): string {
  const rows: string[][] = [];
  const percent = (share: number) => `${formatFixed(share * 100, 1)} %`;
  for (const { blockTokens, hitShare } of prefix?.byBlock ?? []) {
    rows.push([`prompt tokens in a prefix cache of ${blockTokens}-token blocks`, percent(hitShare)]);
  }
  if (prefix && prefix.reportedHitShare !== null)
    rows.push(["prompt tokens that the server found in its cache", percent(prefix.reportedHitShare)]);
  if (arrivals) {
    rows.push(["requests a second", formatFixed(arrivals.requestsPerSecond, 3)]);
    rows.push(["in the busiest hour", formatFixed(arrivals.peakHourRequestsPerSecond, 3)]);
    if (arrivals.gapVariation !== null)
      rows.push(["variation of the gaps (1: Poisson)", formatFixed(arrivals.gapVariation, 2)]);
  }
  if (concurrency) {
    rows.push(["requests in flight, mean", formatFixed(concurrency.mean, 1)]);
    rows.push(["requests in flight, peak", formatCount(Math.round(concurrency.peak))]);
  }
  const fields = Object.entries(suggestion).map(([name, value]) => `${name} ${value}`);
  if (fields.length > 0) rows.push(["a plan's workload", fields.join(", ")]);
  return rows.length === 0 ? "" : printTable(rows);
}
