/** The single changes that help a plan most. */
import type { Estimate } from "../domain/estimate.ts";
import type { Lever, LeverKind } from "../domain/levers.ts";
import type { Plan } from "../domain/plan.ts";
import { evaluate } from "../model/evaluate.ts";
import { formatNumber, formatShare, formatUsd } from "../units/format.ts";
import { modelFacts, type SearchFacts } from "./family-facts.ts";
import { variationsOf, type Variation } from "./variations.ts";

/** Figures that levers are weighed by. */
interface Figures {
  readonly speed: number;
  readonly total: number;
  readonly ttftMs: number;
  readonly tpotMs: number;
  readonly cacheTokens: number;
  readonly usdPerHour: number | null;
  readonly usdPerMillion: number | null;
  readonly meetsSlo: boolean;
}

/** A change of less than this share is no lever. */
const LEAST_GAIN = 0.03;

/**
 * What helps this plan most, one lever of each kind, best first.
 *
 *   gain = ln(cost before / after) + ln(speed after / before) / 2      throughput where no price is known
 *
 * A lever fits in memory and does not break an SLO that the plan keeps; one that repairs a broken SLO goes
 * first. Each is the plan with one change, evaluated like any other.
 *
 * Returns  at most `limit` levers; none for a plan whose speed cannot be told.
 */
export function findLevers(plan: Plan, facts: SearchFacts, limit: number): Lever[] {
  const before = figuresOf(plan, evaluate(plan, modelFacts(facts, plan.cluster.accelerator)));
  if (before === null) return [];
  const best = new Map<LeverKind, { readonly lever: Lever; readonly gain: number }>();
  for (const variation of variationsOf(plan, facts.catalog)) {
    const estimate = evaluate(variation.plan, modelFacts(facts, variation.plan.cluster.accelerator));
    const after = estimate.fits ? figuresOf(variation.plan, estimate) : null;
    if (after === null || (before.meetsSlo && !after.meetsSlo)) continue;
    const gain = gainOf(variation.kind, before, after);
    const known = best.get(variation.kind);
    if (gain < LEAST_GAIN || (known !== undefined && known.gain >= gain)) continue;
    best.set(variation.kind, { gain, lever: leverOf(variation, estimate, before, after) });
  }
  const found = [...best.values()].sort((a, b) => b.gain - a.gain);
  return found.slice(0, limit).map(({ lever }) => lever);
}

function figuresOf(plan: Plan, { memory, performance, cost }: Estimate): Figures | null {
  if (performance === null) return null;
  const { slo } = plan;
  const tpotMs = performance.tpotMs.value;
  const ttftMs = performance.ttftMs.value;
  return {
    speed: performance.outputTokensPerSecondPerUser.value,
    total: performance.outputTokensPerSecond.value,
    ttftMs,
    tpotMs,
    cacheTokens: memory?.kvCacheTokens ?? 0,
    usdPerHour: cost?.usdPerHour ?? null,
    usdPerMillion: cost?.usdPerMillionOutputTokens ?? null,
    meetsSlo: tpotMs <= (slo.tpotMs ?? Infinity) && ttftMs <= (slo.ttftMs ?? Infinity),
  };
}

/** A repaired SLO outweighs any cost. */
const REPAIR = 10;

function gainOf(kind: LeverKind, before: Figures, after: Figures): number {
  const repaired = !before.meetsSlo && after.meetsSlo ? REPAIR : 0;
  const speed = Math.log(after.speed / before.speed) / 2;
  const { usdPerMillion: cost } = before;
  if (cost !== null && after.usdPerMillion !== null) {
    return repaired + Math.log(cost / after.usdPerMillion) + speed;
  }
  // Without prices more or other machines cannot be weighed against what they add.
  if (kind === "accelerator" || kind === "replicas") return repaired;
  return repaired + Math.log(after.total / before.total) + speed;
}

function leverOf(
  { kind, title, plan }: Variation,
  estimate: Estimate,
  before: Figures,
  after: Figures,
): Lever {
  return {
    kind,
    title,
    plan,
    reason: reasonOf(kind, plan, before, after),
    tokensPerSecondPerUser: after.speed,
    totalChange: after.total / before.total - 1,
    usdPerMillionOutputTokens: after.usdPerMillion,
    meetsSlo: after.meetsSlo,
    basis: estimate.performance?.tpotMs.basis ?? "assumed",
  };
}

const CAVEATS: Partial<Readonly<Record<LeverKind, string>>> = {
  weights: "fewer or other bits a weight: look at the published quality loss",
  "kv-cache": "the cache keeps 8 bits a value",
  speculative: "rests on how many drafts are accepted",
  engine: "another engine to run",
};

function reasonOf(kind: LeverKind, plan: Plan, before: Figures, after: Figures): string {
  const better: string[] = [];
  const worse: string[] = [];
  const weigh = (
    ratio: number,
    gain: (n: number) => string,
    loss: (n: number) => string,
    bigIsGood: boolean,
  ) => {
    if (Math.abs(ratio - 1) < LEAST_GAIN || !Number.isFinite(ratio)) return;
    if (ratio > 1 === bigIsGood) better.push(gain(ratio));
    else worse.push(loss(ratio));
  };
  const signed = (ratio: number) => `${ratio > 1 ? "+" : "-"}${formatShare(Math.abs(ratio - 1))}`;
  const change = (name: string) => (ratio: number) => `${signed(ratio)} ${name}`;
  const times = (ratio: number) =>
    ratio >= 2 ? `${formatNumber(ratio, 2)}x the cache` : `${signed(ratio)} cache`;
  weigh(after.cacheTokens / before.cacheTokens, times, times, true);
  weigh(after.total / before.total, change("throughput"), change("throughput"), true);
  weigh(after.speed / before.speed, change("speed per user"), change("speed per user"), true);
  weigh(after.ttftMs / before.ttftMs, change("time to first token"), change("time to first token"), false);
  if (before.usdPerHour !== null && after.usdPerHour !== null) {
    const hour = (_: number) =>
      `${formatUsd(after.usdPerHour ?? 0)} an hour, not ${formatUsd(before.usdPerHour ?? 0)}`;
    weigh(after.usdPerHour / before.usdPerHour, hour, hour, false);
  }
  const caveat = CAVEATS[kind];
  if (caveat !== undefined && !(kind === "speculative" && plan.speculative === "off")) worse.push(caveat);
  const against = worse.length === 0 ? "" : `; against it: ${worse.join(", ")}`;
  return `${better.join(", ")}${against}.`;
}
