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
  return fixed
    .map(({ kind }) =>
      sentence(
        kind,
        crossings.filter((one) => one.fixed.kind === kind),
      ),
    )
    .join(" ");
}

/** Against the cheapest API that it beats, else against none. */
function sentence(kind: "own" | "rent", crossings: readonly Crossing[]): string {
  const won = crossings.filter(({ utilisation }) => utilisation <= 1);
  const last = won.at(-1);
  const cheapest = crossings.at(-1);
  if (last === undefined) {
    const dearest = crossings[0];
    return `${NAMES[kind]} never pays, even full: ${formatUsd(costFull(dearest))} a million against ${formatUsd(dearest?.api.usdPerMillion ?? 0)} at most.`;
  }
  const beaten = `${NAMES[kind]} beats ${last.api.name} at ${formatUsd(last.api.usdPerMillion)} above ${volumeWords(last.tokens)} output tokens a month, ${formatShare(last.utilisation)} of this cluster`;
  return last === cheapest || cheapest === undefined
    ? `${beaten}.`
    : `${beaten}; never ${cheapest.api.name} at ${formatUsd(cheapest.api.usdPerMillion)}.`;
}

/** $ a million where the cluster is full. */
function costFull(crossing: Crossing | undefined): number {
  return crossing === undefined ? 0 : crossing.api.usdPerMillion * crossing.utilisation;
}
