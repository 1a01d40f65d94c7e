/** Ways to pay over volume: flat for a cluster by the month, rising for an API, both axes logarithmic. */
import { logAxis, type LogAxis } from "./log-axis.ts";
import { placeLabels, type Box, type LabelWish } from "./place-labels.ts";
import type { PlotFrame } from "./roofline-plot.ts";

/** A cluster by the month, however much it does. */
export interface FixedWay {
  readonly kind: "rent" | "own";
  readonly name: string;
  readonly usdPerMonth: number;
}

/** Paid by the token, inputs charged to outputs. */
export interface ApiWay {
  readonly kind: "api";
  readonly name: string;
  readonly usdPerMillion: number;
}

/** Where an API costs as much as the cluster. */
export interface Crossing {
  readonly fixed: FixedWay;
  readonly api: ApiWay;
  /** Output tokens a month. */
  readonly tokens: number;
  /** Of what the cluster can make in a month; above 1 it never happens. */
  readonly utilisation: number;
}

export interface Crossover {
  readonly fixed: readonly FixedWay[];
  readonly apis: readonly ApiWay[];
  /** Output tokens that the cluster makes in a month at this load. */
  readonly full: number;
  readonly crossings: readonly Crossing[];
}

/** Hours of a mean month. */
export const HOURS_PER_MONTH = 730.5;

/** Everything that crosses, cheapest API last. */
export function crossoverOf(
  fixed: readonly FixedWay[],
  apis: readonly ApiWay[],
  tokensPerSecond: number,
): Crossover {
  const full = tokensPerSecond * 3600 * HOURS_PER_MONTH;
  const sorted = [...apis].sort((a, b) => b.usdPerMillion - a.usdPerMillion);
  const crossings = fixed.flatMap((way) =>
    sorted.map((api) => {
      const tokens = (way.usdPerMonth / api.usdPerMillion) * 1e6;
      return { fixed: way, api, tokens, utilisation: tokens / full };
    }),
  );
  return { fixed, apis: sorted, full, crossings };
}

/** Cheapest, middle and dearest of many APIs: more lines than that are a hatch. */
export function tellingApis(apis: readonly ApiWay[]): readonly ApiWay[] {
  const sorted = [...apis].sort((a, b) => a.usdPerMillion - b.usdPerMillion);
  const picked = [sorted[0], sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  return picked.filter(
    (way, i): way is ApiWay =>
      way !== undefined && picked.findIndex((other) => other?.usdPerMillion === way.usdPerMillion) === i,
  );
}

type Point = readonly [number, number];

export interface PlacedCrossover {
  readonly x: LogAxis;
  readonly y: LogAxis;
  readonly lines: readonly {
    readonly kind: "rent" | "own" | "api";
    readonly name: string;
    readonly path: string;
  }[];
  /** The least that each volume costs, by whichever way. */
  readonly cheapest: string;
  readonly crossings: readonly { readonly crossing: Crossing; readonly at: Point }[];
  /** Where the cluster can make no more. */
  readonly fullX: number;
  readonly labels: readonly {
    readonly text: string;
    readonly kind: string;
    readonly x: number;
    readonly y: number;
  }[];
}

/** From a thousandth of what the cluster can make to a little more than all of it. */
const LEAST_UTILISATION = 1e-3;
const PAST_FULL = 1.6;
const CHARACTER = 0.56;

export function placeCrossover(
  of: Crossover,
  frame: PlotFrame,
  say: (tokens: number) => string,
): PlacedCrossover | null {
  const { fixed, apis, full, crossings } = of;
  const levels = fixed.map(({ usdPerMonth }) => usdPerMonth);
  const most = Math.max(...levels, ...apis.map(({ usdPerMillion }) => (usdPerMillion * full) / 1e6));
  const least = Math.min(...levels, most) / 100;
  const x = logAxis([full * LEAST_UTILISATION, full * PAST_FULL], 6);
  const y = logAxis([least, most * 1.4], 6);
  if (x === null || y === null || levels.length + apis.length === 0) return null;
  const at = (tokens: number, usd: number): Point => [
    x.share(tokens) * frame.width,
    (1 - y.share(usd)) * frame.height,
  ];
  const apiFrom = ({ usdPerMillion }: ApiWay) => Math.max(x.from, (y.from / usdPerMillion) * 1e6);
  const apiTo = ({ usdPerMillion }: ApiWay) => Math.min(x.to, (y.to / usdPerMillion) * 1e6);
  const along = (api: ApiWay, tokens: number) => at(tokens, (api.usdPerMillion * tokens) / 1e6);
  const lines = [
    ...fixed.map(({ kind, name, usdPerMonth }) => ({
      ...{ kind, name },
      path: segment(at(x.from, usdPerMonth), at(full, usdPerMonth)),
    })),
    ...apis.map((api) => ({
      ...{ kind: api.kind, name: api.name },
      path: segment(along(api, apiFrom(api)), along(api, apiTo(api))),
    })),
  ];
  const shown = crossings.filter(({ utilisation, tokens }) => utilisation <= 1 && tokens > x.from);
  const marks = shown.map((crossing) => ({ crossing, at: at(crossing.tokens, crossing.fixed.usdPerMonth) }));
  const fullX = at(full, most)[0];
  return {
    ...{ x, y, lines, crossings: marks, fullX },
    cheapest: cheapestPath(of, x, y, at),
    labels: labelsOf({ of, marks, fullX, at, x, apiTo, along }, frame, say),
  };
}

const segment = (a: Point, b: Point): string => `M${pair(a)}L${pair(b)}`;
const pair = ([x, y]: Point): string => `${x.toFixed(1)},${y.toFixed(1)}`;

function cheapestPath(
  { fixed, apis, full }: Crossover,
  x: LogAxis,
  y: LogAxis,
  at: (tokens: number, usd: number) => Point,
): string {
  const api = apis.at(-1);
  const own = [...fixed].sort((a, b) => a.usdPerMonth - b.usdPerMonth)[0];
  if (api === undefined) return own ? segment(at(x.from, own.usdPerMonth), at(full, own.usdPerMonth)) : "";
  const usdAt = (tokens: number) => (api.usdPerMillion * tokens) / 1e6;
  const start = Math.max(x.from, (y.from / api.usdPerMillion) * 1e6);
  const crossing = own === undefined ? Infinity : (own.usdPerMonth / api.usdPerMillion) * 1e6;
  if (own === undefined || crossing >= full) return segment(at(start, usdAt(start)), at(full, usdAt(full)));
  if (crossing <= start) return segment(at(x.from, own.usdPerMonth), at(full, own.usdPerMonth));
  const turn = at(crossing, own.usdPerMonth);
  return `M${pair(at(start, usdAt(start)))}L${pair(turn)}L${pair(at(full, own.usdPerMonth))}`;
}

interface Labelled {
  readonly of: Crossover;
  readonly marks: PlacedCrossover["crossings"];
  readonly fullX: number;
  readonly at: (tokens: number, usd: number) => Point;
  readonly x: LogAxis;
  readonly apiTo: (api: ApiWay) => number;
  readonly along: (api: ApiWay, tokens: number) => Point;
}

function labelsOf(
  { of, marks, fullX, at, x, apiTo, along }: Labelled,
  { width, height, text }: PlotFrame,
  say: (tokens: number) => string,
): PlacedCrossover["labels"] {
  const plot: Box = { x: 2, y: 0, width: width - 4, height };
  const wish = (words: string, anchors: readonly Point[], optional = false): LabelWish => ({
    text: words,
    width: words.length * text * CHARACTER + 2,
    height: text + 2,
    anchors,
    optional,
  });
  const wishes = [
    ...of.fixed.map(({ kind, name, usdPerMonth }) => ({
      kind,
      wish: wish(name, [
        at(x.from * 1.02, usdPerMonth),
        at(x.from * 3, usdPerMonth),
        at(x.from * 20, usdPerMonth),
      ]),
    })),
    {
      kind: "full",
      wish: wish("cluster full", [
        [fullX, height - 12],
        [fullX, height / 2],
        [fullX, 12],
      ]),
    },
    ...marks.map(({ crossing: { tokens }, at: point }) => ({
      kind: "crossing",
      wish: wish(say(tokens), [point]),
    })),
    ...of.apis.map((api) => {
      const end = apiTo(api);
      const anchors = [0.5, 0.25, 0.12, 0.05, 0.02, 0.9].map((share) => along(api, end * share));
      return { kind: "api", wish: wish(api.name, anchors, true) };
    }),
  ];
  const taken: Point[] = [
    ...of.fixed.flatMap(({ usdPerMonth }) => samples(at(x.from, usdPerMonth), at(of.full, usdPerMonth))),
    ...of.apis.flatMap((api) => samples(along(api, x.from), along(api, x.to))),
    ...samples([fullX, 0], [fullX, height]),
  ];
  const placed = placeLabels(
    wishes.map((row) => row.wish),
    taken,
    plot,
  );
  return wishes.flatMap(({ kind, wish: { text: words } }, i) => {
    const box = placed[i]?.box;
    return box ? [{ text: words, kind, x: box.x, y: box.y + box.height / 2 }] : [];
  });
}

const STEP_PX = 6;

function samples(from: Point, to: Point): Point[] {
  const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / STEP_PX));
  return Array.from({ length: steps + 1 }, (_, i) => [
    from[0] + ((to[0] - from[0]) * i) / steps,
    from[1] + ((to[1] - from[1]) * i) / steps,
  ]);
}
