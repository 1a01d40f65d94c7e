/** Where rows of a search stand: cost across, speed of one user upwards, both logarithmic; size is the mark. */
import { scaleLog } from "d3-scale";
import { CLOUD_STEP, type SearchBrush } from "../core/domain/search-view.ts";

export interface ScatterPoint {
  readonly usd: number;
  readonly speed: number;
  readonly accelerators: number;
}

export interface ScatterAxisTick {
  readonly value: number;
  readonly at: number;
}

export interface Scatter {
  readonly x: (usd: number) => number;
  readonly y: (speed: number) => number;
  readonly usdAt: (x: number) => number;
  readonly speedAt: (y: number) => number;
  readonly xTicks: readonly ScatterAxisTick[];
  readonly yTicks: readonly ScatterAxisTick[];
  /** Points right of the axis's end are counted, not drawn. */
  readonly beyond: number;
  readonly width: number;
}

/** A plan a hundred times as dear as the cheapest tells nothing, and would squeeze the rest into a corner. */
const MOST_DECADES = 2;
const NICE = [1, 2, 5, 10];

/** The next round value below or above. */
function round(value: number, up: boolean): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const steps = NICE.map((step) => step * power);
  const found = up
    ? steps.find((step) => step >= value * 0.98)
    : steps.findLast((step) => step <= value * 1.02);
  return found ?? value;
}

/** Round ends of an axis over these values, `most` times its start at most. */
function domainOf(low: number, high: number, most: number): [number, number] {
  if (!(low <= high)) return [1, 10];
  const from = round(low, false);
  const to = round(Math.min(high, low * most), true);
  return from < to ? [from, to] : [from / 2, to * 2];
}

/** One, two and five of each power; fewer where the axis is long. */
function roundTicks([from, to]: readonly [number, number], at: (n: number) => number): ScatterAxisTick[] {
  const steps = Math.log10(to / from) > 3.2 ? [1] : [1, 2, 5];
  const ticks: ScatterAxisTick[] = [];
  for (let power = Math.floor(Math.log10(from) + 1e-9); 10 ** power <= to; power++) {
    for (const step of steps) {
      const value = Number((step * 10 ** power).toPrecision(1));
      if (value >= from * 0.999 && value <= to * 1.001) ticks.push({ value, at: at(value) });
    }
  }
  return ticks;
}

const valueAt = (step: number): number => 10 ** (step * CLOUD_STEP);

/** Of every third number of a cloud from `offset` on, and of one more value. */
function domainIn(cloud: Int16Array, offset: number, most: number, also?: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = offset; i < cloud.length; i += 3) {
    const step = cloud[i] as number;
    if (step < low) low = step;
    if (step > high) high = step;
  }
  const others = also === undefined ? [] : [also];
  return domainOf(Math.min(valueAt(low), ...others), Math.max(valueAt(high), ...others), most);
}

function countBeyond(cloud: Int16Array, usd: number): number {
  const last = Math.log10(usd) / CLOUD_STEP;
  let count = 0;
  for (let i = 0; i < cloud.length; i += 3) if ((cloud[i] as number) > last) count++;
  return count;
}

/** `cloud`: triples of log10 of cost, log10 of speed, both in steps of the grid, and size. */
export function placeScatter(
  cloud: Int16Array,
  width: number,
  height: number,
  least: number | undefined,
): Scatter {
  const [usd, speed] = [domainIn(cloud, 0, 10 ** MOST_DECADES), domainIn(cloud, 1, Infinity, least)];
  const x = scaleLog().domain(usd).range([0, width]);
  const y = scaleLog().domain(speed).range([height, 0]);
  return {
    x,
    y,
    usdAt: (at) => x.invert(at),
    speedAt: (at) => y.invert(at),
    xTicks: roundTicks(usd, x),
    yTicks: roundTicks(speed, y),
    width,
    beyond: countBeyond(cloud, usd[1] * 1.001),
  };
}

/** Marks of the cloud's sizes. */
const CLOUD_RADII: readonly number[] = [0.7, 0.95, 1.2, 1.5];

export const markRadius = (accelerators: number): number => 3 + 0.62 * Math.log2(Math.max(1, accelerators));

/** One path of dots per class, within the brush and outside of it. */
export function cloudPaths(
  cloud: Int16Array,
  scatter: Scatter,
  brush: SearchBrush | null,
): readonly { readonly radius: number; readonly selected: string; readonly rest: string }[] {
  const paths = CLOUD_RADII.map((radius) => ({ radius, selected: "", rest: "" }));
  for (let i = 0; i < cloud.length; i += 3) {
    const usd = valueAt(cloud[i] as number);
    const speed = valueAt(cloud[i + 1] as number);
    const x = scatter.x(usd);
    if (x > scatter.width + 2) continue;
    const path = paths[cloud[i + 2] as number];
    if (path === undefined) continue;
    const dot = `M${x.toFixed(1)} ${scatter.y(speed).toFixed(1)}h0`;
    if (brush !== null && inBrush(brush, usd, speed)) path.selected += dot;
    else path.rest += dot;
  }
  return paths;
}

export const inBrush = ({ usd, speed }: SearchBrush, cost: number, rate: number): boolean =>
  cost >= usd[0] && cost <= usd[1] && rate >= speed[0] && rate <= speed[1];

/** The front as steps: at each cost the fastest speed that it buys. */
export function stepPath(points: readonly ScatterPoint[], { x, y }: Scatter): string {
  let path = "";
  let last = 0;
  for (const { usd, speed } of points) {
    const [px, py] = [x(usd), y(speed)];
    path += path === "" ? `M${px.toFixed(1)} ${py.toFixed(1)}` : `H${px.toFixed(1)}V${py.toFixed(1)}`;
    last = px;
  }
  return last > 0 ? path : "";
}

/** A box between two corners of the plot; corners outside of the axes are brought in. */
export function brushBetween(
  a: readonly [number, number],
  b: readonly [number, number],
  scatter: Scatter,
): SearchBrush {
  const three = (value: number) => Number(value.toPrecision(3));
  const ordered = (p: number, q: number): readonly [number, number] => (p < q ? [p, q] : [q, p]);
  return {
    usd: ordered(three(scatter.usdAt(a[0])), three(scatter.usdAt(b[0]))),
    speed: ordered(three(scatter.speedAt(a[1])), three(scatter.speedAt(b[1]))),
  };
}
