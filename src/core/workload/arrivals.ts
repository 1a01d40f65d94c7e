/** When requests come. Gaps scale with the rate, so that one seed compares rates fairly. */
import type { Problem } from "../domain/problem.ts";
import type { ArrivalProcess, TraceRequest } from "../domain/simulation.ts";
import { checkDistribution, MAX_TOKENS, samplerOf } from "./distributions.ts";
import type { Random } from "./random.ts";

/** Time from one arrival to the next of an open process, ms. */
export function gapSampler(
  process: Extract<ArrivalProcess, { kind: "poisson" | "gamma" }>,
): (random: Random) => number {
  const mean = 1e3 / process.requestsPerSecond;
  if (process.kind === "poisson") return (random) => mean * random.exponential();
  const shape = process.coefficientOfVariation ** -2;
  return (random) => (mean / shape) * random.gamma(shape);
}

/** How long a client thinks before its next request, ms. */
export function thinkSampler(
  process: Extract<ArrivalProcess, { kind: "closed-loop" }>,
): (random: Random) => number {
  return process.thinkMs === undefined ? () => 0 : samplerOf(process.thinkMs);
}

export function checkArrivals(process: ArrivalProcess, path: string): Problem | null {
  const within = (name: string, value: number, most: number): Problem | null =>
    Number.isFinite(value) && value > 0 && value <= most
      ? null
      : { path: `${path}.${name}`, problem: `${String(value)} is not between 0 and ${most}` };
  switch (process.kind) {
    case "closed-loop":
      if (!Number.isInteger(process.clients) || process.clients < 1 || process.clients > 1e6) {
        return { path: `${path}.clients`, problem: `${String(process.clients)} is not a number of clients` };
      }
      return process.thinkMs === undefined ? null : checkDistribution(process.thinkMs, `${path}.thinkMs`);
    case "poisson":
      return within("requestsPerSecond", process.requestsPerSecond, 1e6);
    case "gamma":
      return (
        within("requestsPerSecond", process.requestsPerSecond, 1e6) ??
        within("coefficientOfVariation", process.coefficientOfVariation, 20)
      );
    case "trace":
      return within("speed", process.speed ?? 1, 1e6) ?? checkTrace(process.requests, `${path}.requests`);
    default:
      return { path: `${path}.kind`, problem: "no arrival process of that kind" };
  }
}

function checkTrace(requests: readonly TraceRequest[], path: string): Problem | null {
  if (requests.length === 0) return { path, problem: "the trace is empty" };
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < requests.length; i++) {
    const { atMs, inputTokens, outputTokens, prefixTokens } = requests[i] as TraceRequest;
    const wrong = (name: string, problem: string) => ({ path: `${path}[${i}].${name}`, problem });
    if (!Number.isFinite(atMs)) return wrong("atMs", `${String(atMs)} is not a time`);
    if (atMs < before) return wrong("atMs", "is before the request above it");
    before = atMs;
    for (const [name, tokens, least] of [
      ["inputTokens", inputTokens, 1],
      ["outputTokens", outputTokens, 1],
      ["prefixTokens", prefixTokens, 0],
    ] as const) {
      if (tokens === undefined) continue;
      if (!Number.isInteger(tokens) || tokens < least || tokens > MAX_TOKENS) {
        return wrong(name, `${String(tokens)} is not a number of tokens`);
      }
    }
  }
  return null;
}
