/**
 * How latencies of requests with mean lengths spread around their mean.
 *
 *   TTFT   own time + a wait: even over the steps between two looks at the line for a request that arrives
 *          while the engine decodes, even over what is left of passes for one that arrives during them; the
 *          pass is longer for those who share it, 1 + a Poisson number of prompts
 *   TPOT   t + (passes of others during the answer) x their time / O, the number of passes Poisson
 *
 * Leaves   out how lengths differ: a workload with its own lengths is simulated.
 * Held     against the simulation: core/workload/simulate.agreement.test.ts and docs/simulation.md.
 */
import type { LatencyPercentiles } from "../../domain/estimate.ts";
import type { OperatingPoint, ServingCosts } from "./operating-point.ts";
import { FULLEST } from "./aggregated.ts";
import { prefillPool } from "./prefill-pool.ts";
import { displacedMs } from "./prompt-batch.ts";
import { spreadPassMs } from "./rank-spread.ts";

const MOST_SHARED = 48;
/** Where more are expected in a pass, each bears about the mean pass: how their number spreads no longer matters. */
const MANY_SHARED = 24;
const NEGLIGIBLE = 1e-4;
const HALVINGS = 18;
const Z90 = 1.2816;
const Z99 = 2.3263;

interface Distribution {
  /** Chance that a latency is at most `ms`. */
  readonly below: (ms: number) => number;
  readonly mean: number;
  /** Beyond it lies hardly anything. */
  readonly high: number;
}

export function ttftPercentiles(
  costs: ServingCosts,
  point: OperatingPoint,
  prefillInstances: number | null,
): LatencyPercentiles {
  const spread = prefillInstances === null ? atReplica(costs, point) : atPool(costs, point, prefillInstances);
  if (spread === null) return same(point.ttftMs);
  // the solver's mean stands; the distribution says how far from it
  const at = (q: number) => Math.max(0, point.ttftMs + quantileOf(spread, q) - spread.mean);
  return { mean: point.ttftMs, p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}

export function tpotPercentiles(
  costs: ServingCosts,
  point: OperatingPoint,
  outputTokens: number,
): LatencyPercentiles {
  const stepMs = point.pureTpotMs * costs.tokensPerStep;
  const { decodeBatch, promptsPerPass: prompts } = point;
  const whole = spreadPassMs(costs.passMs, costs.attentionRanks, prompts);
  const pass = displacedMs(costs, decodeBatch, prompts, whole, stepMs) * prompts;
  if (!(point.prefillShare > 0) || !(pass > 0)) return same(point.tpotMs);
  const passes = (point.prefillShare * outputTokens * point.tpotMs) / pass;
  const deviation = (Math.sqrt(passes) * pass) / outputTokens;
  return {
    mean: point.tpotMs,
    p50: point.tpotMs,
    p90: point.tpotMs + Z90 * deviation,
    p99: point.tpotMs + Z99 * deviation,
  };
}

function same(value: number): LatencyPercentiles {
  return { mean: value, p50: value, p90: value, p99: value };
}

/** null where a request meets nobody: every one takes as long. */
function atReplica(costs: ServingCosts, point: OperatingPoint): Distribution | null {
  const { prefillShare: share, promptsPerPass: prompts, rate } = point;
  if (!(share > 0)) return null;
  const look = point.lookSteps * point.pureTpotMs * costs.tokensPerStep;
  const full = Math.min(FULLEST, rate * costs.prefillMachineMs);
  const passOf = (n: number) =>
    spreadPassMs(costs.passMs, costs.attentionRanks, Math.min(costs.promptsPerPass, n));
  const left = passOf(prompts) / (1 - full);
  const shared = sharing(rate * look).map(({ others, chance }) => ({ own: passOf(1 + others), chance }));
  return {
    mean:
      shared.reduce((sum, { own, chance }) => sum + chance * own, 0) +
      ((1 - share) * look + share * left) / 2,
    high: Math.max(...shared.map(({ own }) => own)) + Math.max(look, left),
    below: (ms) =>
      shared.reduce((sum, { own, chance }) => {
        const wait = ms - own;
        return sum + chance * ((1 - share) * even(wait, look) + share * even(wait, left));
      }, 0),
  };
}

/** How many others share a pass, and how likely: Poisson around `mean`, chances that add up to one. */
function sharing(mean: number): readonly { readonly others: number; readonly chance: number }[] {
  if (mean > MANY_SHARED) return [{ others: mean, chance: 1 }];
  const found: { others: number; chance: number }[] = [];
  let rest = 1;
  for (let others = 0, chance = Math.exp(-mean); others < MOST_SHARED && rest > NEGLIGIBLE; others++) {
    found.push({ others, chance });
    rest -= chance;
    chance *= mean / (others + 1);
  }
  return found.map(({ others, chance }) => ({ others, chance: chance / (1 - rest) }));
}

/** Instances, work that comes at random: nobody waits with the chance that one of them is idle, the others exponentially. */
function atPool(costs: ServingCosts, point: OperatingPoint, instances: number): Distribution | null {
  const { busy, waitMs } = prefillPool(costs, instances, point.rate);
  if (!(busy > 0) || !(waitMs > 0)) return null;
  const wait = waitMs / busy;
  return {
    mean: waitMs,
    high: 12 * wait,
    below: (ms) => (ms < 0 ? 0 : 1 - busy * Math.exp(-ms / wait)),
  };
}

const even = (ms: number, width: number): number => Math.min(1, Math.max(0, ms / width));

function quantileOf({ below, high }: Distribution, q: number): number {
  let [a, b] = [0, high];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (a + b) / 2;
    if (below(middle) < q) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}
