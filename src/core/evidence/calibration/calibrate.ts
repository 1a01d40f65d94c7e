/** Fits every block, with intervals, and judges it on rows that the fit did not see. */
import type { FittedParameter } from "../../model/fitted-parameter.ts";
import { quantile } from "../statistics.ts";
import { SERVING } from "../../model/serving/serving-parameters.ts";
import { BLOCKS, type Block } from "./blocks.ts";
import { fit, gaussNewton, jacobian, type Sample } from "./fit.ts";
import { predictRow, ratioOf, type CalibrationRow } from "./rows.ts";
import type { LoadFacts } from "../validate.ts";

/** Facts without the model's caches of earlier parameter values. */
export type FreshFacts = () => LoadFacts;

/** Parameters that the serving model reads at every prediction: no cache holds them. */
const UNCACHED: ReadonlySet<FittedParameter> = new Set<FittedParameter>(Object.values(SERVING));

/** `make`'s facts, kept for as long as no parameter of a step model changes. */
export function keptFacts(make: FreshFacts): FreshFacts {
  const held = BLOCKS.flatMap(({ parameters }) => parameters).filter((p) => !UNCACHED.has(p));
  let values = "";
  let facts: LoadFacts | undefined;
  return () => {
    const now = held.map(({ value }) => value).join();
    if (facts === undefined || now !== values) facts = make();
    values = now;
    return facts;
  };
}

export interface FittedResult {
  readonly parameter: FittedParameter;
  readonly block: string;
  readonly value: number;
  readonly interval: readonly [number, number];
  readonly records: number;
  readonly clusters: number;
}

export interface BlockResult {
  readonly name: string;
  readonly parameters: readonly FittedResult[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

const DRAWS = 200;

export function ratios(rows: readonly CalibrationRow[], facts: FreshFacts): Float64Array {
  const load = facts();
  return Float64Array.from(rows, (row) => {
    const predicted = predictRow(row, load(row.accelerator));
    return predicted === undefined ? 1 : ratioOf(row, predicted);
  });
}

function residualsOf(rows: readonly CalibrationRow[], facts: FreshFacts): Float64Array {
  return ratios(rows, facts).map(Math.log);
}

/** Groups weigh by the root of their rows. */
function samplesOf(rows: readonly CalibrationRow[]): Sample[] {
  const sizes = new Map<string, number>();
  for (const { group } of rows) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return rows.map(({ group }) => ({ weight: 1 / Math.sqrt(sizes.get(group) ?? 1) }));
}

/** Fits blocks to `rows`, all or those `wanted`, from their starting values or where they stand (`near`); leaves them at the fitted values. */
export function fitBlocks(
  rows: readonly CalibrationRow[],
  facts: FreshFacts,
  wanted: (block: Block) => boolean = () => true,
  near = false,
): void {
  const blocks = BLOCKS.filter(wanted);
  // a block that stands under a later one's parameters sees where those begin, not what the last fit left
  if (!near) {
    for (const { parameters } of blocks)
      for (const parameter of parameters) parameter.value = parameter.start;
  }
  for (const block of blocks) {
    const own = rows.filter(block.takes);
    if (own.length > 0) fit(block.parameters, samplesOf(own), () => residualsOf(own, facts), near);
  }
}

/** The calibration itself: values to three digits, each with the interval of a bootstrap over layouts or machines. */
export function calibrate(rows: readonly CalibrationRow[], facts: FreshFacts): BlockResult[] {
  fitBlocks(rows, facts);
  for (const { parameters } of BLOCKS) for (const p of parameters) p.value = Number(p.value.toPrecision(3));
  return BLOCKS.map((block) => {
    const own = rows.filter(block.takes);
    const groups: Record<string, string[]> = {};
    for (const { group, record } of own) (groups[group] ??= []).push(record.id);
    return { name: block.name, parameters: bootstrap(block, own, facts), groups };
  });
}

/** Draws clusters with replacement; each draw takes two steps of the linearized fit. */
function bootstrap(block: Block, rows: readonly CalibrationRow[], facts: FreshFacts): FittedResult[] {
  const at = residualsOf(rows, facts);
  const columns = jacobian(block.parameters, at, () => residualsOf(rows, facts));
  const clusters = clustersOf(rows);
  const samples = samplesOf(rows);
  const logs: number[][] = block.parameters.map(() => []);
  const random = generator(20261124);
  for (let draw = 0; draw < DRAWS; draw++) {
    const weight = new Float64Array(rows.length);
    for (let i = 0; i < clusters.length; i++) {
      for (const row of clusters[Math.floor(random() * clusters.length)] ?? []) {
        weight[row] = (weight[row] as number) + 1;
      }
    }
    const drawn = samples.map((sample, i) => ({ weight: sample.weight * (weight[i] as number) }));
    linearFit(block.parameters, drawn, at, columns).forEach((log, j) => logs[j]?.push(log));
  }
  return block.parameters.map((parameter, j) => {
    const sorted = (logs[j] ?? []).sort((a, b) => a - b);
    const end = (q: number) =>
      round(clamp(parameter.value * Math.exp(quantile(sorted, q)), parameter.bounds));
    const interval = [Math.min(end(0.05), parameter.value), Math.max(end(0.95), parameter.value)] as const;
    const { value } = parameter;
    return { parameter, block: block.name, value, interval, records: rows.length, clusters: clusters.length };
  });
}

function linearFit(
  parameters: readonly FittedParameter[],
  samples: readonly Sample[],
  at: Float64Array,
  columns: readonly Float64Array[],
): number[] {
  const moved = parameters.map(() => 0);
  let now = at;
  for (let step = 0; step < 3; step++) {
    const knobs = parameters.map((p, j) => ({ ...p, value: p.value * Math.exp(moved[j] ?? 0) }));
    gaussNewton(knobs, samples, now, columns).forEach((d, j) => (moved[j] = (moved[j] ?? 0) + d));
    now = at.map((r, i) =>
      columns.reduce((sum, column, j) => sum - (column[i] as number) * (moved[j] ?? 0), r),
    );
  }
  return moved;
}

function clustersOf(rows: readonly CalibrationRow[]): number[][] {
  const byKey = new Map<string, number[]>();
  rows.forEach(({ layout, group }, i) => {
    const key = `${group}|${layout}`;
    byKey.set(key, [...(byKey.get(key) ?? []), i]);
  });
  return [...byKey.values()];
}

const round = (value: number): number => Number(value.toPrecision(3));
const clamp = (value: number, [low, high]: readonly [number, number]): number =>
  Math.min(high, Math.max(low, value));

/** Park and Miller's minimal standard generator: draws that are the same on every machine. */
function generator(seed: number): () => number {
  let state = seed % 2147483647;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
