import { formatFixed, formatNumber, formatShare, formatUsd } from "../../core/units/format.ts";
import type { Crossing, Crossover } from "../crossover-plot.ts";

/** "3.5 billion", "840 million": tokens as people say them. */
function volumeWords(tokens: number): string {
  if (tokens >= 999.5e9) return `${formatNumber(tokens / 1e12)} trillion`;
  if (tokens >= 999.5e6) return `${formatNumber(tokens / 1e9)} billion`;
  return tokens >= 999.5e3 ? `${formatNumber(tokens / 1e6)} million` : formatFixed(tokens, 0);
}

/** "3.5 B", "840 M": beside a mark; `digits` 1 for round ticks. */
export function volumeShort(tokens: number, digits = 3): string {
  if (tokens >= 999.5e9) return `${formatNumber(tokens / 1e12, digits)} T`;
  if (tokens >= 999.5e6) return `${formatNumber(tokens / 1e9, digits)} B`;
  return tokens >= 999.5e3 ? `${formatNumber(tokens / 1e6, digits)} M` : formatFixed(tokens, 0);
}

const NAMES = { own: "Owning", rent: "Renting" } as const;

/** Which way to pay wins, and from which volume, in numbers. */
export function crossoverFinding({ fixed, apis, crossings }: Crossover): string {
  if (fixed.length === 0) return "What this cluster costs a month is unknown.";
  if (apis.length === 0) {
    const way = [...fixed].sort((a, b) => a.usdPerMonth - b.usdPerMonth)[0];
    return `No API sells this model; the cluster costs ${formatUsd(way?.usdPerMonth ?? 0)} a month however much it does.`;
  }
  const ways = fixed.map(({ kind }) => bestOf(kind, crossings));
  return both(ways) ?? ways.map(sentence).join(" ");
}

interface Way {
  readonly kind: "own" | "rent";
  /** Where it meets the cheapest API that it beats. */
  readonly beaten: Crossing | undefined;
  readonly dearest: Crossing | undefined;
  /** That it never beats. */
  readonly unbeaten: Crossing | undefined;
}

function bestOf(kind: "own" | "rent", crossings: readonly Crossing[]): Way {
  const own = crossings.filter((one) => one.fixed.kind === kind);
  const beaten = own.filter(({ utilisation }) => utilisation <= 1).at(-1);
  const cheapest = own.at(-1);
  return { kind, beaten, dearest: own[0], unbeaten: cheapest === beaten ? undefined : cheapest };
}

const priced = ({ api }: Crossing): string => `${api.name} at ${formatUsd(api.usdPerMillion)}`;
const above = ({ tokens }: Crossing): string => volumeWords(tokens);

/** Against the cheapest API that it beats, else against none. */
function sentence({ kind, beaten, dearest, unbeaten }: Way): string {
  if (beaten === undefined)
    return `${NAMES[kind]} never pays, even full: ${formatUsd(costFull(dearest))} a million against ${formatUsd(dearest?.api.usdPerMillion ?? 0)} at most.`;
  const wins = `${NAMES[kind]} beats ${priced(beaten)} above ${above(beaten)} output tokens a month, ${formatShare(beaten.utilisation)} of this cluster`;
  return unbeaten === undefined ? `${wins}.` : `${wins}; never ${priced(unbeaten)}.`;
}

/** Two ways that beat the same API, and fail against the same, in one sentence. */
function both([first, second]: readonly Way[]): string | null {
  if (!first?.beaten || !second?.beaten) return null;
  if (first.beaten.api !== second.beaten.api || first.unbeaten?.api !== second.unbeaten?.api) return null;
  const wins = `${NAMES[first.kind]} beats ${priced(first.beaten)} above ${above(first.beaten)} output tokens a month, ${NAMES[second.kind].toLowerCase()} above ${above(second.beaten)}`;
  return first.unbeaten === undefined ? `${wins}.` : `${wins}; neither ever beats ${priced(first.unbeaten)}.`;
}

/** $ a million where the cluster is full. */
function costFull(crossing: Crossing | undefined): number {
  return crossing === undefined ? 0 : crossing.api.usdPerMillion * crossing.utilisation;
}
