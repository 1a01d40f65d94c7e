import type { CostEstimate, CostLine } from "../../core/domain/estimate.ts";
import { formatUsd } from "../../core/units/format.ts";
import { times } from "./words.ts";

const cheapest = (lines: readonly CostLine[], kind: CostLine["kind"]): CostLine | undefined =>
  lines
    .filter((line) => line.kind === kind)
    .sort((a, b) => a.usdPerMillionOutputTokens - b.usdPerMillionOutputTokens)[0];

/** How renting and owning stand against the cheapest API, in one sentence with the prices. */
export function costFinding(cost: CostEstimate): string {
  const own = cheapest(cost.lines, "own");
  const rent = cheapest(cost.lines, "rent");
  const api = cheapest(cost.lines, "api");
  const mine = [own, rent].filter((line) => line !== undefined);
  const best = mine.sort((a, b) => a.usdPerMillionOutputTokens - b.usdPerMillionOutputTokens)[0];
  if (!best)
    return api
      ? `No price is known for this hardware; an API asks ${usd(api)}.`
      : "No price is known for this hardware.";
  const way = best.kind === "own" ? "Owning" : "Renting";
  if (!api) return `${way} costs ${usd(best)} per million output tokens.`;
  const ratio = best.usdPerMillionOutputTokens / api.usdPerMillionOutputTokens;
  if (ratio <= 1)
    return `${way} at ${usd(best)} beats the cheapest API, ${usd(api)}, if the cluster is kept full.`;
  return `Even ${way.toLowerCase()} at ${usd(best)} costs ${times(ratio)} the cheapest API, ${usd(api)}.`;
}

const usd = (line: CostLine): string => formatUsd(line.usdPerMillionOutputTokens);
