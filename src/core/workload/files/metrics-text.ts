/** A page of server metrics in Prometheus' text form: histograms of lengths, and what runs now. */
import type { FileParser, RecordSink } from "./file-record.ts";
import { asNumber } from "./read-fields.ts";
import { createLines } from "./text-lines.ts";

const LENGTHS: Readonly<Record<string, "input" | "output">> = {
  "vllm:request_prompt_tokens": "input",
  "vllm:request_generation_tokens": "output",
  "sglang:prompt_tokens_histogram": "input",
  "sglang:generation_tokens_histogram": "output",
};
const RUNNING: ReadonlySet<string> = new Set([
  "vllm:num_requests_running",
  "sglang:num_running_reqs",
  "sglang:num_requests_running",
]);
const QUERIES: ReadonlySet<string> = new Set([
  "vllm:prefix_cache_queries_total",
  "sglang:prompt_tokens_total",
]);
const HITS: ReadonlySet<string> = new Set(["vllm:prefix_cache_hits_total", "sglang:cached_tokens_total"]);
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+([^\s]+)(?:\s+-?\d+)?\s*$/;
const MOST_BUCKETS = 10_000;

export interface LengthHistogram {
  /** Requests at or below each bound, rising. */
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
  readonly count: number;
  readonly sum: number;
}

interface Building {
  readonly upTo: Map<number, number>;
  count: number;
  sum: number;
}

export interface MetricsSink extends RecordSink {
  histogram(side: "input" | "output", histogram: LengthHistogram): void;
}

export function createMetrics(sink: MetricsSink): FileParser {
  const sides = new Map<"input" | "output", Building>();
  const gauges = { running: Number.NaN, queries: 0, hits: 0 };
  const take = (name: string, labels: string, value: number) => {
    const [, base = name, part = ""] = /^(.*)_(bucket|sum|count)$/.exec(name) ?? [];
    const side = Object.hasOwn(LENGTHS, base) ? LENGTHS[base] : undefined;
    if (side !== undefined) addSample(sides, side, part, labels, value);
    else if (RUNNING.has(name)) gauges.running = (Number.isNaN(gauges.running) ? 0 : gauges.running) + value;
    else if (QUERIES.has(name)) gauges.queries += value;
    else if (HITS.has(name)) gauges.hits += value;
  };
  const lines = createLines({
    problem: (line, problem) => sink.problem(line, problem),
    line: (text, number) => {
      if (text.trim() === "" || text.startsWith("#")) return;
      const found = text.length < 4000 ? SAMPLE.exec(text) : null;
      const value = found?.[3] === undefined ? undefined : asNumber(found[3]);
      if (found?.[1] === undefined) sink.problem(number, "not a sample of a metric");
      else if (value !== undefined && value >= 0) take(found[1], found[2] ?? "", value);
    },
  });
  return {
    push: (text) => lines.push(text),
    end() {
      lines.end();
      const { running, queries, hits } = gauges;
      const hitShare = queries > 0 && hits <= queries ? hits / queries : undefined;
      if (!Number.isNaN(running) || hitShare !== undefined) {
        sink.record(
          {
            kind: "gauge",
            ...(!Number.isNaN(running) && { running }),
            ...(hitShare !== undefined && { hitShare }),
          },
          1,
        );
      }
      for (const [side, { upTo, count, sum }] of sides) {
        const buckets = [...upTo]
          .sort((a, b) => a[0] - b[0])
          .map(([bound, n]) => ({ upTo: bound, count: n }));
        sink.histogram(side, { buckets, count, sum });
      }
    },
  };
}

/** Samples of several models or engines add up. */
function addSample(
  sides: Map<"input" | "output", Building>,
  side: "input" | "output",
  part: string,
  labels: string,
  value: number,
): void {
  const building = sides.get(side) ?? { upTo: new Map<number, number>(), count: 0, sum: 0 };
  sides.set(side, building);
  if (part === "sum") building.sum += value;
  else if (part === "count") building.count += value;
  else if (part === "bucket") {
    const bound = asNumber(/\ble="([^"]*)"/.exec(labels)?.[1]);
    if (bound === undefined || bound < 0 || building.upTo.size >= MOST_BUCKETS) return;
    building.upTo.set(bound, (building.upTo.get(bound) ?? 0) + value);
  }
}

/** A sample of lengths as the histogram has them, even within each bucket. */
export function sampleOf({ buckets, count }: LengthHistogram, size = 4096): Float64Array {
  const values: number[] = [];
  let below = 0;
  let from = 0;
  for (const { upTo, count: atOrBelow } of buckets) {
    const inside = Math.max(0, atOrBelow - below);
    const here = Math.round((inside / Math.max(1, count)) * size);
    for (let i = 0; i < here; i++)
      values.push(Math.max(1, Math.round(from + ((i + 0.5) / here) * (upTo - from))));
    below = Math.max(below, atOrBelow);
    from = upTo;
  }
  // Above the last bound nothing is known but that it was passed.
  const above = Math.round((Math.max(0, count - below) / Math.max(1, count)) * size);
  for (let i = 0; i < above; i++) values.push(from);
  return Float64Array.from(values);
}
