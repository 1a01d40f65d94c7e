import type { FrontierPoint, FrontierSeries } from "../core/domain/levers.ts";
import type { EstimateBasis, Ranged } from "../core/domain/provenance.ts";
import { logAxis, type LogAxis } from "./log-axis.ts";
import { placeLabels, type Box, type LabelWish } from "./place-labels.ts";

/** The plan's own point at one load with its intervals. */
export interface BandPoint {
  readonly users: number;
  readonly perUser: Ranged;
  readonly perAccelerator: Ranged;
}

export interface FrontierFrame {
  readonly width: number;
  readonly height: number;
  /** Height of a label's text, px. */
  readonly text: number;
}

/** What was measured at one load. */
export interface MeasuredMark {
  readonly users: number;
  readonly tokensPerSecondPerUser: number;
  readonly tokensPerSecondPerAccelerator: number;
}

type Point = readonly [number, number];

export interface FrontierLine {
  readonly title: string;
  readonly own: boolean;
  readonly solid: string;
  /** Where the model leaves what it was checked on. */
  readonly dashed: string;
  /** At the plan's own load, or at the nearest. */
  readonly marker: Point | null;
}

export interface FrontierLabel {
  readonly text: string;
  readonly kind: "own" | "other" | "users";
  readonly x: number;
  readonly y: number;
}

export interface FrontierLines {
  readonly x: LogAxis;
  readonly y: LogAxis;
  readonly lines: readonly FrontierLine[];
  readonly band: string;
  readonly measured: readonly Point[];
  readonly labels: readonly FrontierLabel[];
  /** Right edge of the side that breaks the SLO, px; null where no speed on the axis breaks it. */
  readonly sloAt: number | null;
}

const SOFT: ReadonlySet<EstimateBasis> = new Set(["extrapolated", "assumed"]);
/** An SLO further off than this many times the nearest point does not stretch the axis. */
const SLO_REACH = 3;
const SAMPLE_PX = 5;
const CHARACTER = 0.56;

/** Points whose users the cache holds all at once; the rest would wait in line. */
export const fittingPoints = ({ points }: FrontierSeries): readonly FrontierPoint[] =>
  points.filter(({ fits }) => fits);

/**
 * Throughput against speed, both logarithmic: lines with their labels beside them.
 *
 * `users` is the load that the plan is for; `null` where it is a rate.
 */
export function placeFrontier(
  series: readonly FrontierSeries[],
  band: readonly BandPoint[],
  measured: readonly MeasuredMark[],
  users: number | null,
  sloSpeed: number | null,
  frame: FrontierFrame,
): FrontierLines | null {
  const drawn = series.map((of) => ({ title: of.title, points: fittingPoints(of) }));
  const all = [...drawn.flatMap(({ points }) => points), ...measured];
  const speeds = [
    ...all.map(({ tokensPerSecondPerUser }) => tokensPerSecondPerUser),
    ...band.flatMap(({ perUser }) => [perUser.low, perUser.high]),
  ];
  const rates = [
    ...all.map(({ tokensPerSecondPerAccelerator }) => tokensPerSecondPerAccelerator),
    ...band.flatMap(({ perAccelerator }) => [perAccelerator.low, perAccelerator.high]),
  ];
  const near =
    sloSpeed !== null &&
    sloSpeed > Math.min(...speeds) / SLO_REACH &&
    sloSpeed < Math.max(...speeds) * SLO_REACH;
  const x = logAxis(near ? [...speeds, sloSpeed] : speeds);
  const y = logAxis(rates, 6);
  if (x === null || y === null) return null;
  const at = (speed: number, rate: number): Point => [
    x.share(speed) * frame.width,
    (1 - y.share(rate)) * frame.height,
  ];
  const pointOf = (point: MeasuredMark): Point =>
    at(point.tokensPerSecondPerUser, point.tokensPerSecondPerAccelerator);
  const lines = drawn.map(({ title, points }, i) => ({
    title,
    own: i === 0,
    ...strokes(points, pointOf),
    marker: markerOf(points, users, pointOf),
  }));
  const sloAt = sloSpeed === null ? null : Math.min(frame.width, x.share(sloSpeed) * frame.width);
  const wall = samples([
    [sloAt ?? 0, 0],
    [sloAt ?? 0, frame.height],
  ]);
  return {
    x,
    y,
    lines,
    band: bandPath(band, at),
    measured: measured.map(pointOf),
    labels: labelsOf(drawn, measured, users, pointOf, frame, wall),
    sloAt: sloAt !== null && sloAt > 0 ? sloAt : null,
  };
}

const pair = ([x, y]: Point): string => `${x.toFixed(1)},${y.toFixed(1)}`;

function strokes(points: readonly FrontierPoint[], pointOf: (point: FrontierPoint) => Point) {
  let solid = "";
  let dashed = "";
  for (const [i, to] of points.entries()) {
    const from = points[i - 1];
    if (from === undefined) continue;
    const segment = `M${pair(pointOf(from))}L${pair(pointOf(to))}`;
    if (SOFT.has(from.basis) || SOFT.has(to.basis)) dashed += segment;
    else solid += segment;
  }
  return { solid, dashed };
}

function nearestTo(points: readonly FrontierPoint[], users: number): FrontierPoint | undefined {
  const far = (point: FrontierPoint) => Math.abs(Math.log(point.users / users));
  return [...points].sort((a, b) => far(a) - far(b))[0];
}

function markerOf(
  points: readonly FrontierPoint[],
  users: number | null,
  pointOf: (point: FrontierPoint) => Point,
): Point | null {
  if (users === null) return null;
  const point = nearestTo(points, users);
  return point ? pointOf(point) : null;
}

/** Speed and throughput err together: the upper edge has both too high, the lower both too low. */
function bandPath(band: readonly BandPoint[], at: (speed: number, rate: number) => Point): string {
  if (band.length < 2) return "";
  const upper = band.map(({ perUser, perAccelerator }) => at(perUser.high, perAccelerator.high));
  const lower = band.map(({ perUser, perAccelerator }) => at(perUser.low, perAccelerator.low)).reverse();
  return `M${[...upper, ...lower].map(pair).join("L")}Z`;
}

function labelsOf(
  drawn: readonly { title: string; points: readonly FrontierPoint[] }[],
  measured: readonly MeasuredMark[],
  users: number | null,
  pointOf: (point: MeasuredMark) => Point,
  { width, height, text }: FrontierFrame,
  wall: readonly Point[],
): readonly FrontierLabel[] {
  const plot: Box = { x: 2, y: 0, width: width - 2, height };
  const wish = (words: string, anchors: readonly Point[], optional: boolean): LabelWish => ({
    text: words,
    width: words.length * text * CHARACTER + 2,
    height: text + 2,
    anchors,
    optional,
  });
  const own = drawn[0]?.points ?? [];
  const mine = users === null ? own.at(-1) : nearestTo(own, users);
  const wishes: { kind: FrontierLabel["kind"]; wish: LabelWish }[] = [];
  if (mine) {
    const words = users === null ? "this plan" : `this plan, ${mine.users.toLocaleString("en-US")}`;
    wishes.push({ kind: "own", wish: wish(words, [pointOf(mine)], false) });
  }
  for (const { title, points } of drawn.slice(1)) {
    const first = users === null ? undefined : nearestTo(points, users);
    const anchors = [...(first ? [first] : []), ...[...points].reverse()].map(pointOf);
    if (anchors.length > 0) wishes.push({ kind: "other", wish: wish(title, anchors, false) });
  }
  const numbered = measured.length > 0 ? measured : own.filter((point) => point !== mine);
  for (const point of numbered) {
    wishes.push({ kind: "users", wish: wish(point.users.toLocaleString("en-US"), [pointOf(point)], true) });
  }
  const marks = [
    ...drawn.flatMap(({ points }) => samples(points.map(pointOf))),
    ...measured.flatMap((point) => dot(pointOf(point))),
    ...wall,
  ];
  const placed = placeLabels(
    wishes.map((row) => row.wish),
    marks,
    plot,
  );
  return wishes.flatMap(({ kind, wish: { text: words } }, i) => {
    const box = placed[i]?.box;
    return box ? [{ text: words, kind, x: box.x, y: box.y + box.height / 2 }] : [];
  });
}

const DOT = 4;
const dot = ([x, y]: Point): Point[] => [
  [x - DOT, y],
  [x + DOT, y],
  [x, y - DOT],
  [x, y + DOT],
];

function samples(points: readonly Point[]): Point[] {
  const found: Point[] = [];
  for (const [i, to] of points.entries()) {
    const from = points[i - 1] ?? to;
    const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / SAMPLE_PX));
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      found.push([from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]);
    }
  }
  return found;
}
