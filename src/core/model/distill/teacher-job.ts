/** What it takes to have the served model answer, or judge, a whole data set. */
import type { ApiBill, TeacherEstimate } from "../../domain/distill-estimate.ts";
import type { Estimate } from "../../domain/estimate.ts";
import { acceleratorsOf, type Plan } from "../../domain/plan.ts";
import { evaluate, type ModelFacts } from "../evaluate.ts";
import { exactly, inverse, product, scaled, total } from "../ranges.ts";

/** Requests of one kind: how many, how long, and what they share. */
export interface JobShape {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Requests that follow each other with the very same prompt. */
  readonly repeats: number;
  /** Tokens at the start of every prompt that are always the same. */
  readonly sharedTokens: number;
  readonly kept: number;
  /** Asked for by the plan; absent: the cheapest that fits. */
  readonly concurrency?: number;
}

/** UTF-8 bytes of a token of the model's own text, and of what JSON Lines adds to a record. */
const BYTES_PER_TOKEN = { value: 4.2, low: 3, high: 5, basis: "assumed" } as const;
const BYTES_PER_RECORD = 400;

/**
 * Share of the prompts found in the prefix cache.
 *
 *   (shared × (1 - 1/requests) + (input - shared) × (1 - 1/repeats)) / input
 *
 * Leaves   out evictions: it holds where requests with one prompt are sent one after another.
 */
export function jobHitRate({ requests, inputTokens, repeats, sharedTokens }: JobShape): number {
  const shared = Math.min(sharedTokens, inputTokens);
  const known = shared * (1 - 1 / Math.max(1, requests)) + (inputTokens - shared) * (1 - 1 / repeats);
  return Math.min(0.999, known / inputTokens);
}

/** The serving plan under the job's load. */
export function jobPlan(plan: Plan, job: JobShape, concurrency: number): Plan {
  const { inputTokens, outputTokens } = job;
  return { ...plan, workload: { inputTokens, outputTokens, concurrency, prefixHitRate: jobHitRate(job) } };
}

interface Point {
  readonly concurrency: number;
  readonly estimate: Estimate;
}

const MOST_IN_FLIGHT = 16384;

/**
 * The load at which the job is done soonest, and so cheapest: powers of two up to what the cache holds.
 *
 * Returns  the heaviest load that fits where none is faster by 1 %; the lightest one where none fits.
 */
export function bestLoad(plan: Plan, job: JobShape, facts: ModelFacts): Point {
  const at = (concurrency: number): Point => ({
    concurrency,
    estimate: evaluate(jobPlan(plan, job, concurrency), facts),
  });
  if (job.concurrency !== undefined) return at(job.concurrency);
  const lightest = Math.max(1, plan.layout.replicas);
  let best = at(lightest);
  const limit = best.estimate.memory?.concurrencyLimit ?? MOST_IN_FLIGHT;
  const most = Math.min(limit, job.requests, MOST_IN_FLIGHT);
  for (const load of loadsUpTo(most, lightest)) {
    const next = at(load);
    if (!next.estimate.fits) break;
    const rate = (point: Point) => point.estimate.performance?.outputTokensPerSecond.value ?? 0;
    if (rate(next) > rate(best) * 1.01 || !best.estimate.fits) best = next;
  }
  return best;
}

function loadsUpTo(most: number, lightest: number): number[] {
  const loads: number[] = [];
  for (let load = 2 * lightest; load < most; load *= 2) loads.push(load);
  return most > lightest ? [...loads, most] : loads;
}

/**
 * Time, cost and bytes of a job.
 *
 *   hours = requests × output tokens / rate + the last requests' own latency
 *   $     = hours × $ per hour of the whole cluster
 *
 * Leaves   out loading the weights, and requests that fail and are sent again.
 * Returns  null where the plan does not fit under any load, or its speed cannot be told.
 */
export function estimateTeacherJob(
  { concurrency, estimate }: Point,
  plan: Plan,
  job: JobShape,
): TeacherEstimate | null {
  const { performance, cost } = estimate;
  if (!estimate.fits || performance === null) return null;
  const inputTokens = job.requests * job.inputTokens;
  const outputTokens = job.requests * job.outputTokens;
  const accelerators = Math.max(1, acceleratorsOf(plan.cluster));
  const busy = scaled(inverse(performance.outputTokensPerSecond), outputTokens / 3600);
  const drain = scaled(performance.requestLatencyMs, 1 / 3.6e6);
  const hours = total([busy, drain]);
  const perHour = cost?.ranges.usdPerHour ?? null;
  const perRecord = (job.inputTokens + job.outputTokens) * BYTES_PER_TOKEN.value + BYTES_PER_RECORD;
  return {
    requests: job.requests,
    kept: job.kept,
    inputTokens,
    outputTokens,
    prefixHitRate: jobHitRate(job),
    concurrency,
    accelerators,
    outputTokensPerSecond: performance.outputTokensPerSecond,
    hours,
    acceleratorHours: scaled(hours, accelerators),
    usd: perHour === null ? null : product(hours, perHour),
    offer: cost?.offer ?? "no price known",
    storageBytes: product(
      exactly(job.requests * perRecord),
      scaled(BYTES_PER_TOKEN, 1 / BYTES_PER_TOKEN.value),
    ),
    api: apiBills(estimate, outputTokens),
  };
}

/** Prices carry the inputs of this job, cached ones at the provider's price for those. */
function apiBills({ cost }: Estimate, outputTokens: number): ApiBill[] {
  return (cost?.lines ?? [])
    .filter(({ kind }) => kind === "api")
    .map(({ label, usdPerMillionOutputTokens, checked, source }) => ({
      provider: label,
      usd: (usdPerMillionOutputTokens * outputTokens) / 1e6,
      checked,
      source,
    }))
    .sort((a, b) => a.usd - b.usd);
}
