/** Operators under their roofs: FLOP a second over FLOP a byte, both logarithmic. */
import type { Roof, RooflineOperator, RooflineStep } from "../core/domain/roofline.ts";
import { logAxis, type LogAxis } from "./log-axis.ts";
import { placeLabels, type Box, type LabelWish } from "./place-labels.ts";

export interface PlotFrame {
  readonly width: number;
  readonly height: number;
  /** Height of a label's text, px. */
  readonly text: number;
}

type Point = readonly [number, number];

export interface RooflineMark {
  readonly operator: RooflineOperator;
  readonly at: Point;
  /** Where the operator would be at its physical limit, straight above. */
  readonly limitY: number;
  readonly radius: number;
}

export interface RoofLine {
  readonly name: string;
  /** The slope of bandwidth once a place, then one level a precision. */
  readonly path: string;
  readonly kind: "bandwidth" | "compute";
  /** Its name's place: right end of a level, middle of a slope. */
  readonly label: { readonly x: number; readonly y: number; readonly angle: number };
}

export interface PlacedRoofline {
  readonly x: LogAxis;
  readonly y: LogAxis;
  readonly roofs: readonly RoofLine[];
  readonly marks: readonly RooflineMark[];
  readonly labels: readonly { readonly text: string; readonly x: number; readonly y: number }[];
}

/** FLOP a byte. */
export const intensityOf = ({ flop, bytes }: RooflineOperator): number => flop / bytes;
/** TFLOP a second reached, and the most that physics allows at this intensity. */
export const reachedOf = ({ flop, ms }: RooflineOperator): number => flop / ms / 1e9;
export const limitOf = ({ flop, limitMs }: RooflineOperator): number => flop / limitMs / 1e9;
export const distanceOf = ({ ms, limitMs }: RooflineOperator): number => ms / limitMs;

const LEAST_RADIUS = 3.5;
/** Area is time: an operator that takes the whole step has this radius. */
const WHOLE_STEP_RADIUS = 15;
const CHARACTER = 0.56;

/** `steps`: all that the axes must hold, so that they stand still when the step on show changes. */
export function placeRoofline(
  step: RooflineStep,
  steps: readonly RooflineStep[],
  roofs: readonly Roof[],
  frame: PlotFrame,
): PlacedRoofline | null {
  const all = steps.flatMap(({ operators }) => operators);
  const ridges = roofs.flatMap(({ bytesPerMs, peaks }) =>
    peaks.map(({ flopPerMs }) => flopPerMs / bytesPerMs),
  );
  const x = logAxis([...all.map(intensityOf), ...ridges.map((ridge) => ridge * 4)]);
  const tops = roofs.flatMap(({ peaks }) => peaks.map(({ flopPerMs }) => flopPerMs / 1e9));
  const y = logAxis([...all.map(reachedOf), ...tops.map((top) => top * 1.3)], 8);
  if (x === null || y === null) return null;
  const at = (intensity: number, rate: number): Point => [
    x.share(intensity) * frame.width,
    (1 - y.share(rate)) * frame.height,
  ];
  const marks = step.operators
    .map((operator): RooflineMark => ({
      operator,
      at: at(intensityOf(operator), reachedOf(operator)),
      limitY: at(1, limitOf(operator))[1],
      radius: Math.max(LEAST_RADIUS, WHOLE_STEP_RADIUS * Math.sqrt(operator.ms / step.totalMs)),
    }))
    .sort((a, b) => b.radius - a.radius);
  const lines = roofs.flatMap((roof) => roofLines(roof, x, y, at, roofs.length > 1));
  return { x, y, roofs: lines, marks, labels: labelsOf(marks, frame) };
}

function roofLines(
  { name, bytesPerMs, peaks }: Roof,
  x: LogAxis,
  y: LogAxis,
  at: (intensity: number, rate: number) => Point,
  several: boolean,
): RoofLine[] {
  const slope = (intensity: number) => (intensity * bytesPerMs) / 1e9;
  const top = peaks[0];
  if (top === undefined) return [];
  const whose = several ? `${name}, ` : "";
  const from = Math.max(x.from, (y.from * 1e9) / bytesPerMs);
  const ridge = top.flopPerMs / bytesPerMs;
  const [start, end] = [at(from, slope(from)), at(ridge, slope(ridge))];
  const angle = (Math.atan2(end[1] - start[1], end[0] - start[0]) * 180) / Math.PI;
  const share = 0.22;
  const lines: RoofLine[] = [
    {
      name: `${whose}${(bytesPerMs / 1e9).toLocaleString("en-US", { maximumFractionDigits: 2 })} TB/s`,
      path: `M${pair(start)}L${pair(end)}`,
      kind: "bandwidth",
      label: {
        x: start[0] + (end[0] - start[0]) * share,
        y: start[1] + (end[1] - start[1]) * share,
        angle,
      },
    },
  ];
  for (const { name: precision, flopPerMs } of peaks) {
    const rate = flopPerMs / 1e9;
    const [a, b] = [at(flopPerMs / bytesPerMs, rate), at(x.to, rate)];
    lines.push({
      name: `${whose}${precision}, ${Math.round(rate).toLocaleString("en-US")} TFLOP/s`,
      path: `M${pair(a)}L${pair(b)}`,
      kind: "compute",
      label: { x: b[0], y: b[1], angle: 0 },
    });
  }
  return lines;
}

const pair = ([x, y]: Point): string => `${x.toFixed(1)},${y.toFixed(1)}`;

function labelsOf(marks: readonly RooflineMark[], { width, height, text }: PlotFrame) {
  const plot: Box = { x: 2, y: 0, width: width - 4, height };
  const wishes = marks.map(({ operator, at, radius }): LabelWish => {
    const [x, y] = at;
    return {
      text: operator.name,
      width: operator.name.length * text * CHARACTER + 2,
      height: text + 2,
      anchors: [
        [x + radius - 3, y],
        [x - radius + 3, y],
        [x, y + radius],
        [x, y - radius],
      ],
      optional: operator.ms / marks.reduce((sum, mark) => sum + mark.operator.ms, 0) < 0.04,
    };
  });
  const taken = marks.flatMap(({ at: [x, y], limitY, radius }) => [
    ...ring(x, y, radius),
    ...stem(x, y, limitY),
  ]);
  return placeLabels(wishes, taken, plot).flatMap((placed, i) => {
    const label = wishes[i];
    return placed && label
      ? [{ text: label.text, x: placed.box.x, y: placed.box.y + placed.box.height / 2 }]
      : [];
  });
}

function ring(x: number, y: number, radius: number): Point[] {
  return Array.from({ length: 8 }, (_, i) => {
    const angle = (i * Math.PI) / 4;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)] as const;
  });
}

function stem(x: number, from: number, to: number): Point[] {
  const points: Point[] = [];
  for (let y = Math.min(from, to); y < Math.max(from, to); y += 6) points.push([x, y]);
  return points;
}
