/** Cost of answering so many requests, by way, on two logarithmic axes. */
import type { ServiceCost, ServiceEstimate } from "../core/domain/distill-estimate.ts";
import { logAxis, type LogAxis } from "./log-axis.ts";

export interface ServiceLine {
  readonly way: ServiceCost;
  /** Points in shares 0..1 of both axes, from the lower left. */
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly student: boolean;
}

export interface BreakEvenPlot {
  readonly x: LogAxis;
  readonly y: LogAxis;
  readonly lines: readonly ServiceLine[];
  /** Where the student's way crosses another. */
  readonly crossings: readonly { readonly x: number; readonly y: number; readonly requests: number }[];
}

const STEPS = 48;

/** `null` where no two ways can be compared. */
export function placeBreakEven(service: ServiceEstimate): BreakEvenPlot | null {
  const meet = service.breakEven.flatMap(({ requests }) => (requests === null ? [] : [requests.value]));
  const year = service.requestsPerDay * 365;
  if (service.ways.length < 2) return null;
  const from = Math.max(1, Math.min(year, ...meet) / 100);
  const to = Math.max(year, ...meet) * 10;
  const x = logAxis([from, to], 6);
  const costs = (way: ServiceCost, requests: number) =>
    way.usdAtStart + requests * (way.usdPerRequest?.value ?? 0);
  const ends = service.ways.flatMap((way) => [costs(way, from), costs(way, to)]).filter((usd) => usd > 0);
  const y = logAxis(ends, 6);
  if (x === null || y === null) return null;
  const at = (i: number) => from * (to / from) ** (i / STEPS);
  const lines = service.ways.map((way) => ({
    way,
    student: way.usdAtStart > 0,
    points: Array.from({ length: STEPS + 1 }, (_, i) => at(i))
      .map((requests) => [x.share(requests), y.share(costs(way, requests))] as const)
      .filter(([, height]) => height >= 0 && Number.isFinite(height)),
  }));
  const crossings = service.breakEven.flatMap(({ requests, student }) => {
    const way = service.ways.find(({ id }) => id === student);
    if (requests === null || way === undefined) return [];
    const n = requests.value;
    return [{ x: x.share(n), y: y.share(costs(way, n)), requests: n }];
  });
  return { x, y, lines, crossings };
}
