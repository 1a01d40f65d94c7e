/** How long prompts and answers are, and how the one goes with the other. */
import type { JointLengths, LengthBin, LengthSummary } from "../../domain/workload-file.ts";
import { sketchOf } from "../../domain/quantile-sketch.ts";

const SLICES = 8;
/** Fewer pairs than this say nothing of slices. */
const MIN_PAIRS = 8 * SLICES;

/** Exact sums of all requests beside the sample that is kept. */
export interface LengthTotals {
  requests: number;
  tokens: number;
  max: number;
}

/** Null where no length is known. */
export function lengthsOf(column: Float64Array, totals: LengthTotals): LengthSummary | null {
  const values = column.filter((value) => Number.isFinite(value)).sort();
  if (values.length === 0 || totals.requests === 0) return null;
  const at = (share: number) =>
    values[Math.min(values.length - 1, Math.floor(share * values.length))] as number;
  return {
    requests: totals.requests,
    tokens: totals.tokens,
    mean: totals.tokens / totals.requests,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    max: totals.max,
    sketch: sketchOf(values),
    histogram: histogramOf(values, totals.requests / values.length),
  };
}

/** Half octaves: 1, 2, 3, 4, 6, 8, 12, 16 ... Empty bins at both ends are left out. */
export function histogramOf(sorted: ArrayLike<number>, each: number): LengthBin[] {
  const edges = [0, 1, 2, 3];
  const last = sorted[sorted.length - 1] ?? 0;
  for (let edge = 4; (edges.at(-1) as number) <= last; edge *= 2) edges.push(edge, edge * 1.5);
  const counts = new Float64Array(edges.length);
  for (let i = 0, bin = 0; i < sorted.length; i++) {
    while (bin + 1 < edges.length && (edges[bin + 1] as number) <= (sorted[i] as number)) bin++;
    counts[bin] = (counts[bin] ?? 0) + each;
  }
  const bins = edges
    .slice(0, -1)
    .map((from, i) => ({ from, to: edges[i + 1] as number, count: counts[i] as number }));
  const first = bins.findIndex(({ count }) => count > 0);
  return bins.slice(Math.max(0, first), bins.findLastIndex(({ count }) => count > 0) + 1);
}

/** Null where few requests have both lengths. */
export function jointOf(input: Float64Array, output: Float64Array): JointLengths | null {
  const pairs: (readonly [number, number])[] = [];
  input.forEach((length, i) => {
    const other = output[i] as number;
    if (Number.isFinite(length) && Number.isFinite(other)) pairs.push([length, other]);
  });
  if (pairs.length < MIN_PAIRS) return null;
  pairs.sort((a, b) => a[0] - b[0]);
  const outputTokens = Array.from({ length: SLICES }, (_, slice) => {
    const from = Math.floor((slice * pairs.length) / SLICES);
    const to = Math.floor(((slice + 1) * pairs.length) / SLICES);
    return sketchOf(pairs.slice(from, to).map(([, other]) => other));
  });
  return {
    inputTokens: sketchOf(pairs.map(([length]) => length)),
    outputTokens,
    rankCorrelation: correlation(
      ranksOf(pairs.map(([length]) => length)),
      ranksOf(pairs.map(([, other]) => other)),
    ),
  };
}

/** Equal values share the mean of their ranks. */
function ranksOf(values: readonly number[]): Float64Array {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(values.length);
  for (let i = 0; i < order.length;) {
    let j = i;
    while (j < order.length && values[order[j] as number] === values[order[i] as number]) j++;
    for (let k = i; k < j; k++) ranks[order[k] as number] = (i + j - 1) / 2;
    i = j;
  }
  return ranks;
}

function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (a.length - 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((rank, i) => {
    const [da, db] = [rank - mean, (b[i] as number) - mean];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  });
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}
