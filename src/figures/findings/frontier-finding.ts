import type { FrontierPoint, FrontierSeries } from "../../core/domain/levers.ts";
import { formatNumber } from "../../core/units/format.ts";
import { fittingPoints } from "../frontier-lines.ts";
import { times } from "./words.ts";

/** An alternative that gives less than this many times the throughput is no finding. */
const WORTH_SAYING = 1.1;
const SAMPLES = 60;

/** What the reader asks of the plan: where the finding should look. */
export interface FrontierFocus {
  /** What the throughput is per. */
  readonly noun: string;
  /** Users of the plan; null where it is for a rate. */
  readonly users: number | null;
  /** Slower than this breaks the SLO. */
  readonly sloSpeed: number | null;
}

interface Rival {
  readonly title: string;
  readonly best: { readonly speed: number; readonly ratio: number };
  /** Speed below which it leads; null where it leads at every common speed. */
  readonly below: number | null;
}

/** What the frontier shows, in one sentence with a number. */
export function frontierFinding(series: readonly FrontierSeries[], focus: FrontierFocus): string {
  const [own, ...others] = series;
  const points = own ? fittingPoints(own) : [];
  const peak = [...points].sort(
    (a, b) => b.tokensPerSecondPerAccelerator - a.tokensPerSecondPerAccelerator,
  )[0];
  if (!peak) return "How this plan trades speed for throughput is unknown.";
  const rivals = others.flatMap((other) => rivalOf(points, other, focus));
  const rival = rivals.sort((a, b) => b.best.ratio - a.best.ratio)[0];
  if (rival && rival.best.ratio >= WORTH_SAYING) return rivalFinding(rival);
  const most = `${formatNumber(peak.tokensPerSecondPerAccelerator)} tok/s per ${focus.noun}`;
  const load = `${peak.users.toLocaleString("en-US")} user${peak.users === 1 ? "" : "s"}`;
  return others.length > 0
    ? `No alternative drawn beats this plan by a tenth; it gives at most ${most}, with ${load}.`
    : `This plan gives at most ${most}, with ${load}; each then gets ${formatNumber(peak.tokensPerSecondPerUser)} tok/s.`;
}

function rivalFinding({ title, best, below }: Rival): string {
  const gain = `${times(best.ratio)} the throughput`;
  return below === null
    ? `${title} gives more at every speed; at ${formatNumber(best.speed, 2)} tok/s a user, ${gain}.`
    : `Below ${formatNumber(below, 2)} tok/s a user, ${title} overtakes this plan; at ${formatNumber(best.speed, 2)} it gives ${gain}.`;
}

/** Over the speeds that both reach and that keep the SLO. One that leads everywhere is weighed at the plan's own speed. */
function rivalOf(
  own: readonly FrontierPoint[],
  other: FrontierSeries,
  { users, sloSpeed }: FrontierFocus,
): readonly Rival[] {
  const points = fittingPoints(other);
  const speeds = (of: readonly FrontierPoint[]) => of.map((point) => point.tokensPerSecondPerUser);
  const low = Math.max(Math.min(...speeds(own)), Math.min(...speeds(points)), sloSpeed ?? 0);
  const high = Math.min(Math.max(...speeds(own)), Math.max(...speeds(points)));
  if (!(high > low)) return [];
  const ratioAt = (speed: number) => throughputAt(points, speed) / throughputAt(own, speed);
  let best = { speed: low, ratio: 0 };
  let crossing: number | null = null;
  let behind = false;
  for (let i = SAMPLES; i >= 0; i--) {
    const speed = Math.min(high, Math.max(low, low * (high / low) ** (i / SAMPLES)));
    const ratio = ratioAt(speed);
    if (!Number.isFinite(ratio) || ratio === 0) continue;
    if (ratio <= 1) {
      behind = true;
      crossing = null;
      best = { speed, ratio: 0 };
    } else {
      if (behind) crossing ??= speed;
      if (ratio > best.ratio) best = { speed, ratio };
    }
  }
  if (behind && crossing === null) return [];
  const { title } = other;
  if (behind) return [{ title, best, below: crossing }];
  const mine = own.find((point) => point.users === users)?.tokensPerSecondPerUser;
  const speed = mine !== undefined && mine >= low && mine <= high ? mine : low;
  return [{ title, best: { speed, ratio: ratioAt(speed) }, below: null }];
}

/** The most that any load gives at this speed, on straight lines between loads, both axes logarithmic. */
function throughputAt(points: readonly FrontierPoint[], speed: number): number {
  let most = 0;
  for (const [i, to] of points.entries()) {
    const from = points[i - 1] ?? to;
    const [a, b] = [from.tokensPerSecondPerUser, to.tokensPerSecondPerUser];
    if (speed < Math.min(a, b) || speed > Math.max(a, b)) continue;
    const share = a === b ? 1 : Math.log(speed / a) / Math.log(b / a);
    const [f, t] = [from.tokensPerSecondPerAccelerator, to.tokensPerSecondPerAccelerator];
    most = Math.max(most, f * (t / f) ** share);
  }
  return most;
}
