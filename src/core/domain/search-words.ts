/** Causes and relaxations of a search as people read them. */
import { formatCount, formatNumber, formatUsd } from "../units/format.ts";
import type { Rejection, SearchCause, SearchQuery } from "./search.ts";

/** "KV cache too small for 64 users": why candidates fell, under this query. */
export function describeCause(cause: SearchCause, query: SearchQuery): string {
  const { slo, budget, powerWatts } = query;
  const ms = (value = 0) => `${formatNumber(value)} ms`;
  switch (cause) {
    case "engine":
      return "Engine cannot run these weights there";
    case "precision":
      return "Hardware has no units for these weights";
    case "context":
      return "Requests longer than the context window";
    case "price-unknown":
      return "No price known";
    case "usd-per-hour":
      return `Over ${formatUsd(budget.usdPerHour ?? 0)} an hour`;
    case "power":
      return `Over ${formatNumber((powerWatts ?? 0) / 1e3)} kW`;
    case "layout":
      return "The model does not divide that way";
    case "memory-weights":
      return "Weights do not fit";
    case "memory-runtime":
      return "Activations and runtime do not fit beside the weights";
    case "memory-kv-cache":
      return `KV cache too small for ${usersOf(query)}`;
    case "host-memory":
      return "Host memory too small";
    case "missing-fact":
      return "A fact is missing";
    case "tpot":
      return `More than ${ms(slo.tpotMs)} a token`;
    case "ttft":
      return slo.ttftMs === undefined
        ? "Slower than requests arrive"
        : `First token later than ${ms(slo.ttftMs)}`;
    case "basis":
      return `Speed softer than ${query.softestBasis ?? "assumed"}`;
    case "usd-per-million":
      return `Over ${formatUsd(budget.usdPerMillionOutputTokens ?? 0)} a million output tokens`;
  }
}

function usersOf({ workload: { concurrency } }: SearchQuery): string {
  if (concurrency === undefined) return "one request";
  return concurrency === 1 ? "1 user" : `${formatCount(concurrency)} users or more`;
}

const LIMITS: Partial<Readonly<Record<SearchCause, readonly [string, (value: number) => string, string]>>> = {
  tpot: ["TPOT limit", formatNumber, " ms"],
  ttft: ["TTFT limit", formatNumber, " ms"],
  "usd-per-hour": ["Budget", formatUsd, " an hour"],
  "usd-per-million": ["Budget", formatUsd, " a million output tokens"],
  power: ["Power limit", (watts) => formatNumber(watts / 1e3), " kW"],
};

/** "TPOT limit 20 → 24 ms would admit 31 layouts, the cheapest at $0.58 a million tokens." */
export function describeRelaxation({ cause, relaxation }: Rejection): string | undefined {
  const limit = LIMITS[cause];
  if (relaxation === undefined || limit === undefined) return undefined;
  const [name, print, unit] = limit;
  const { from, to, admits, bestUsdPerMillionOutputTokens: usd } = relaxation;
  const layouts = `${formatCount(admits)} ${admits === 1 ? "layout" : "layouts"}`;
  const price = usd === null ? "" : `, the best at ${formatUsd(usd)} a million tokens`;
  return `${name} ${print(from)} → ${print(to)}${unit} would admit ${layouts}${price}.`;
}
