/** What fits: context length against users, both logarithmic, with lines of equal speed. */
import type { CapacityColumn, CapacityMap } from "../core/domain/capacity.ts";
import { placeLabels, type Box, type LabelWish } from "./place-labels.ts";
import type { PlotFrame } from "./roofline-plot.ts";

type Point = readonly [number, number];

export interface SpeedBand {
  /** Slowest and fastest tok/s a user in the band; `null`: open. */
  readonly from: number | null;
  readonly to: number | null;
  readonly path: string;
  /** 0..1 from the slowest band to the fastest. */
  readonly tint: number;
}

export interface PlacedCapacity {
  readonly contexts: readonly { readonly tokens: number; readonly x: number }[];
  readonly loads: readonly { readonly users: number; readonly y: number }[];
  readonly bands: readonly SpeedBand[];
  /** Lines of equal speed between the bands. */
  readonly contours: readonly { readonly speed: number; readonly path: string }[];
  /** Where memory is full. */
  readonly limit: string;
  readonly own: Point;
  /** Straight above the own point, where its context fills the memory. */
  readonly ownLimitY: number | null;
  readonly labels: readonly {
    readonly text: string;
    readonly kind: "own" | "limit" | "speed";
    readonly x: number;
    readonly y: number;
  }[];
}

/** Speeds that people name, tok/s a user. */
const ROUND = [0.5, 1, 2, 5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300];
const MOST_CONTOURS = 4;
const CHARACTER = 0.56;

/** Round speeds inside what the map holds, at most four, spread evenly. */
export function contourSpeeds(columns: readonly CapacityColumn[]): readonly number[] {
  const speeds = columns.flatMap(({ cells }) => cells.flatMap((cell) => cell.tokensPerSecondPerUser ?? []));
  if (speeds.length === 0) return [];
  const [least, most] = [Math.min(...speeds), Math.max(...speeds)];
  const inside = ROUND.filter((speed) => speed > least * 1.05 && speed < most / 1.05);
  if (inside.length <= MOST_CONTOURS) return inside;
  const step = (inside.length - 1) / (MOST_CONTOURS - 1);
  return Array.from({ length: MOST_CONTOURS }, (_, i) => inside[Math.round(i * step)] as number);
}

/** Most users of a column that each still get `speed`, between its loads on a log scale; 0 where not one does. */
export function usersAtSpeed({ cells }: CapacityColumn, speed: number): number {
  let last: { readonly users: number; readonly speed: number } | null = null;
  for (const { users, tokensPerSecondPerUser } of cells) {
    if (tokensPerSecondPerUser === null) break;
    if (tokensPerSecondPerUser < speed) {
      if (last === null) return 0;
      const share = Math.log(last.speed / speed) / Math.log(last.speed / tokensPerSecondPerUser);
      return last.users * (users / last.users) ** share;
    }
    last = { users, speed: tokensPerSecondPerUser };
  }
  return last === null ? 0 : Infinity;
}

/** `name`: whose the own point is. */
export function placeCapacity(map: CapacityMap, frame: PlotFrame, name = "this plan"): PlacedCapacity | null {
  const { columns, own } = map;
  const [first, last] = [columns[0], columns.at(-1)];
  const loads = first?.cells.map(({ users }) => users) ?? [];
  const top = Math.max(loads.at(-1) ?? 1, own.users);
  if (first === undefined || last === undefined || loads.length < 2) return null;
  const [left, right] = [first.contextTokens, last.contextTokens].map(Math.log) as [number, number];
  const xOf = (tokens: number) =>
    Math.min(1, Math.max(0, (Math.log(tokens) - left) / (right - left))) * frame.width;
  const yOf = (users: number) =>
    (1 - Math.min(1, Math.max(0, Math.log(users) / Math.log(top)))) * frame.height;
  const speeds = contourSpeeds(columns);
  const line = (usersOf: (column: CapacityColumn) => number): Point[] =>
    columns.map((column) => [xOf(column.contextTokens), yOf(Math.min(usersOf(column), column.mostUsers))]);
  const full = line(({ mostUsers }) => mostUsers);
  const lines = speeds.map((speed) => line((column) => usersAtSpeed(column, speed)));
  const floor: Point[] = columns.map(({ contextTokens }) => [xOf(contextTokens), frame.height]);
  // From the slowest band, under the limit, down to the fastest, above the floor.
  const edges = [full, ...lines, floor];
  const bands = edges.slice(0, -1).map((upper, i) => ({
    from: speeds[i - 1] ?? null,
    to: speeds[i] ?? null,
    path: `M${[...upper, ...[...(edges[i + 1] ?? [])].reverse()].map(pair).join("L")}Z`,
    tint: edges.length > 2 ? i / (edges.length - 2) : 0.5,
  }));
  const ownAt: Point = [xOf(own.contextTokens), yOf(own.users)];
  const limitY = own.mostUsers > 0 ? yOf(own.mostUsers) : null;
  return {
    contexts: columns.map(({ contextTokens }) => ({ tokens: contextTokens, x: xOf(contextTokens) })),
    loads: loads.map((users) => ({ users, y: yOf(users) })),
    bands,
    contours: speeds.map((speed, i) => ({ speed, path: openPath(lines[i] ?? [], full) })),
    limit: `M${full.map(pair).join("L")}`,
    own: ownAt,
    ownLimitY: limitY,
    labels: labelsOf(map, { full, lines, speeds, ownAt, limitY, name }, frame),
  };
}

const pair = ([x, y]: Point): string => `${x.toFixed(1)},${y.toFixed(1)}`;

/** A contour without the part that runs along the limit. */
function openPath(points: readonly Point[], full: readonly Point[]): string {
  let path = "";
  for (const [i, to] of points.entries()) {
    const from = points[i - 1];
    if (from === undefined) continue;
    const along = from[1] <= (full[i - 1]?.[1] ?? 0) + 0.5 && to[1] <= (full[i]?.[1] ?? 0) + 0.5;
    if (!along) path += `M${pair(from)}L${pair(to)}`;
  }
  return path;
}

interface Lines {
  readonly full: readonly Point[];
  readonly lines: readonly (readonly Point[])[];
  readonly speeds: readonly number[];
  readonly ownAt: Point;
  readonly limitY: number | null;
  readonly name: string;
}

function labelsOf(
  { own }: CapacityMap,
  { full, lines, speeds, ownAt, limitY, name }: Lines,
  { width, height, text }: PlotFrame,
): PlacedCapacity["labels"] {
  const plot: Box = { x: 2, y: 0, width: width - 4, height };
  const wish = (words: string, anchors: readonly Point[], optional: boolean): LabelWish => ({
    text: words,
    width: words.length * text * CHARACTER + 2,
    height: text + 2,
    anchors,
    optional,
  });
  const say = (users: number) => `${users.toLocaleString("en-US")} ${users === 1 ? "user" : "users"}`;
  const wishes: { kind: "own" | "limit" | "speed"; wish: LabelWish }[] = [
    { kind: "own", wish: wish(`${name}, ${say(own.users)}`, [ownAt], false) },
  ];
  if (limitY !== null) {
    wishes.push({
      kind: "limit",
      wish: wish(`full at ${say(own.mostUsers)}`, [[ownAt[0], limitY], ...[...full].reverse()], false),
    });
  }
  for (const [i, speed] of speeds.entries()) {
    const inside = (lines[i] ?? []).filter(
      ([, y], column) => y < height - 1 && y > (full[column]?.[1] ?? 0) + 1,
    );
    if (inside.length > 0) wishes.push({ kind: "speed", wish: wish(`${speed} tok/s`, inside, true) });
  }
  const marks: Point[] = [...full, ...lines.flat(), ownAt].flatMap((point, i, all) =>
    between(point, all[i + 1]),
  );
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

const STEP_PX = 6;

/** Points along a segment of one line; the jump to the next line is left out. */
function between(from: Point, to: Point | undefined): Point[] {
  if (to === undefined || to[0] <= from[0]) return [from];
  const steps = Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / STEP_PX);
  return Array.from({ length: steps }, (_, i) => [
    from[0] + ((to[0] - from[0]) * i) / steps,
    from[1] + ((to[1] - from[1]) * i) / steps,
  ]);
}
