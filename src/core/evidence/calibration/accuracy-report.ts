/** docs/accuracy.md: how far predictions lay from measurements, on what the fit saw and on what it did not. */
import type { IntervalTable } from "../../domain/intervals.ts";
import { likelyCause } from "../likely-cause.ts";
import { quantile } from "../statistics.ts";
import type { BlockResult } from "./calibrate.ts";
import { heldBy, heldWithoutOwnGroup } from "./coverage.ts";
import { peerTable } from "./peers.ts";
import { errorOf, type CalibrationRow } from "./rows.ts";

type Ratios = readonly (number | null)[];

export interface AccuracyInput {
  readonly suspects: ReadonlyMap<string, readonly string[]>;
  readonly rows: readonly CalibrationRow[];
  /** Measured over predicted time by row: all rows, and left out in four ways. */
  readonly heldOut: Readonly<Record<"all" | "source" | "layout" | "accelerator" | "withoutTables", Ratios>>;
  readonly intervals: IntervalTable;
  readonly blocks: readonly BlockResult[];
  /** The table of records that no fit takes. */
  readonly unseen: string;
}

interface Case {
  readonly name: string;
  readonly takes: (row: CalibrationRow) => boolean;
}

const of = (name: string, pattern: RegExp, ...kinds: readonly CalibrationRow["kind"][]): Case => ({
  name,
  takes: (row) => pattern.test(row.className) && kinds.includes(row.kind),
});

const CASES: readonly Case[] = [
  of("TPOT, NVIDIA", /^serving\/nvidia/, "tpot", "decode"),
  of("TPOT, AMD", /^serving\/other/, "tpot"),
  of("TPOT, builds before 2025-05", /^serving-early/, "tpot", "decode"),
  of("TTFT, NVIDIA", /^serving\/nvidia/, "ttft"),
  of("TTFT, AMD", /^serving\/other/, "ttft"),
  of("TTFT, builds before 2025-05", /^serving-early/, "ttft"),
  of("prefill rate, serving", /^serving/, "prefill"),
  of("output rate, serving", /^serving\//, "throughput"),
  {
    name: "output rate, serving, at saturation",
    takes: (row) => /^serving\//.test(row.className) && row.kind === "throughput" && row.heaviest,
  },
  of("output rate, builds before 2025-05", /^serving-early/, "throughput"),
  of("decode, llama.cpp on GPUs", /^local(-early)?\/gpu/, "decode"),
  of("decode, GPU and CPU", /^local(-early)?\/hybrid/, "decode"),
  of("decode, CPU", /^local\/cpu/, "decode"),
  of("decode, unified memory", /^local\/unified/, "decode"),
  of("prefill, llama.cpp on GPUs", /^local(-early)?\/gpu/, "prefill"),
  of("prefill, GPU and CPU", /^local(-early)?\/hybrid/, "prefill"),
  of("prefill, CPU", /^local\/cpu/, "prefill"),
  of("decode, layers on one H200", /^slice/, "decode"),
  of("prefill, layers on one H200", /^slice/, "prefill"),
];

const percent = (share: number): string => (100 * share).toFixed(1);

/** The whole document. Deterministic: numbers of the calibration, no dates. */
export function accuracyReport(input: AccuracyInput): string {
  return [
    INTRODUCTION,
    "## By class\n",
    classTables(input),
    "## By system, engine and precision\n",
    SYSTEMS,
    systemTable(input),
    "## Against peers\n",
    peerTable(input.rows, input.heldOut.source),
    "## On machines that no fit has seen\n",
    UNSEEN,
    input.unseen,
    "## Worst records\n",
    worstTable(input),
    "## Parameters\n",
    parameterTable(input.blocks),
  ].join("\n");
}

const INTRODUCTION = `# Accuracy

Written by \`npm run calibrate\`. Error is |predicted / measured - 1| in percent: median / mean / 90th percentile.
Records of quality C, TTFT that planner-data/measurements/suspect.json doubts and decode far from any bound are left
out; all others of quality A and B that say enough to be predicted are in.

- **seen**: the fit has the record.
- **source**: every parameter refitted without the record's source and machine.
- **layout**: refitted without its layout (machine, engine, weights, cut): eight folds of whole layouts.
- **GPU**: refitted without its accelerator; operator tables of that accelerator stay, they are no fit to records.
- **GPU, no tables**: the same with every operator from the roofline of its generation.
- **at saturation**: the heaviest load of each sweep of two or more loads of one machine, layout and lengths.
- **held**: share of records inside their 80 % interval: of the published intervals for *seen*, of intervals made
  without the record's source and machine for *source*. Groups (source and machine) count alike in an interval, and a
  class of fewer than three takes the more general one's: AMD's time to first token, of one machine and one engine
  but for two records, is judged by NVIDIA's interval there.

The structure of the model (equations, choice of tables, repairs of labels) was chosen while looking at these records; only
the values of parameters are refitted. Errors on sources that nobody has looked at will be larger.
`;

const UNSEEN = `llama.cpp v0.5.0 on H100, measured on 2026-11-28 when the model stood
(planner-data/measurements/unseen.json, made by scripts/measure/llama-layers.py), by parameters that rest on other GPUs.
Layers in Q2_K are left out: the rate at which Q2_K is unpacked was learned from them
(src/core/model/step/sequential-unpack.ts). The whole model in Q2_K is predicted with that rate. llama.cpp overlaps
micro-batches over the GPUs of a layer split (its scheduler keeps four copies where all layers lie on GPUs); the one record of
several micro-batches, 8192 tokens in four over four GPUs, is 1.35 times as fast as one GPU at a time would be, where full
overlap would make it 2.3 times. One record tells no law: the overlap is not modelled.
`;

const SYSTEMS = `Closed-loop serving records, held out by source and machine. What is behind the larger errors, as far as it is known:

- **TPOT of FP8 on B200 under tensor parallelism**: 5 to 20 % too fast under both engines, most from 32 sequences on. The only
  tables of its expert kernels are of builds half a year younger than these runs.
- **TPOT of B200 under builds before 2025-12**: one factor stands for kernels that were untuned to different degrees.
- **TTFT of pools with data-parallel prefill in FP8**: queues grow where a pool is at half to three quarters of its modelled
  rate; with NVFP4 the modelled rate is reached.
- **TTFT of SGLang on B200 before 2025-12**: seconds, whatever the load: kernels were compiled while it ran.
- **TTFT of B200 pools under SGLang**: 17 to 19 prompts a second of four GPUs with NVFP4 whatever decodes behind them, a fifth of
  what full passes would give. The runs state neither chunk nor transfer.
`;

function errors(rows: readonly CalibrationRow[], ratios: Ratios, takes: Case["takes"]): number[] {
  return rows
    .flatMap((row, i) => {
      const ratio = ratios[i] ?? null;
      return ratio !== null && takes(row) ? [errorOf(row, ratio)] : [];
    })
    .sort((a, b) => a - b);
}

function summary(sorted: readonly number[]): string {
  if (sorted.length === 0) return "-";
  const mean = sorted.reduce((sum, e) => sum + e, 0) / sorted.length;
  return `${percent(quantile(sorted, 0.5))} / ${percent(mean)} / ${percent(quantile(sorted, 0.9))}`;
}

function share(
  held: readonly (boolean | null)[],
  rows: readonly CalibrationRow[],
  takes: Case["takes"],
): string {
  const judged = held.filter((is, i) => is !== null && takes(rows[i] as CalibrationRow));
  if (judged.length === 0) return "-";
  return `${Math.round((100 * judged.filter(Boolean).length) / judged.length)} %`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return `${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}

function classTables({ rows, heldOut, intervals }: AccuracyInput): string {
  const seen = heldBy(rows, heldOut.all, intervals);
  const unseen = heldWithoutOwnGroup(rows, heldOut.source);
  const first = CASES.map(({ name, takes }) => [
    name,
    String(errors(rows, heldOut.all, takes).length),
    String(new Set(rows.filter(takes).map((row) => row.group)).size),
    summary(errors(rows, heldOut.all, takes)),
    share(seen, rows, takes),
    summary(errors(rows, heldOut.source, takes)),
    share(unseen, rows, takes),
  ]);
  const second = CASES.filter(({ name }) => !/CPU$|layers/.test(name)).map(({ name, takes }) => [
    name,
    summary(errors(rows, heldOut.layout, takes)),
    summary(errors(rows, heldOut.accelerator, takes)),
    summary(errors(rows, heldOut.withoutTables, takes)),
  ]);
  return [
    table(["class", "records", "groups", "seen", "held", "source", "held"], first),
    table(["class", "layout", "GPU", "GPU, no tables"], second),
  ].join("\n");
}

function systemTable({ rows, heldOut }: AccuracyInput): string {
  const systems = new Map<string, CalibrationRow[]>();
  for (const row of rows) {
    if (!/^serving\//.test(row.className) || row.record.phase !== "closed-loop") continue;
    const { engine, weights, layout } = row.completed.plan;
    const mode = layout.disaggregated === null ? "aggregated" : "disaggregated";
    const key = [row.accelerator, engine, weights, mode].join(" | ");
    systems.set(key, [...(systems.get(key) ?? []), row]);
  }
  const lines = [...systems]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, own]) => {
      const set = new Set(own);
      const at = (kind: string) => errors(rows, heldOut.source, (row) => set.has(row) && row.kind === kind);
      const tpot = at("tpot");
      return tpot.length < 3 ? [] : [[key, String(tpot.length), summary(tpot), summary(at("ttft"))]];
    });
  return table(["GPU", "engine", "weights", "service", "records", "TPOT", "TTFT"], lines);
}

function worstTable({ rows, heldOut, suspects }: AccuracyInput): string {
  const ranked = rows
    .map((row, i) => ({ row, ratio: heldOut.all[i] ?? 1 }))
    .filter(({ row }) => row.kind !== "throughput")
    .sort(
      (a, b) =>
        Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)) ||
        (a.row.record.id < b.row.record.id ? -1 : 1),
    )
    .slice(0, 20);
  const lines = ranked.map(({ row, ratio }) => [
    row.record.id,
    row.metric,
    row.measured.toPrecision(3),
    (row.rate ? row.measured * ratio : row.measured / ratio).toPrecision(3),
    likelyCause(
      row.record,
      { metric: row.metric, basis: "calibrated" },
      suspects.get(row.record.id) ?? [],
      row.completed.assumptions,
    ).replaceAll("|", "/"),
  ]);
  return table(["record", "metric", "measured", "predicted", "likely reason"], lines);
}

function parameterTable(blocks: readonly BlockResult[]): string {
  const lines = blocks.flatMap(({ name, parameters }) =>
    parameters.map(({ parameter, value, interval, records, clusters }) => [
      parameter.name,
      String(value),
      interval.join(" to "),
      parameter.unit,
      parameter.meaning,
      `${name}: ${records} records, ${clusters} clusters`,
    ]),
  );
  return table(["name", "value", "5 to 95 %", "unit", "meaning", "rests on"], lines);
}
