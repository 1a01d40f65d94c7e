/** Makes the requests of a workload. All that is random about one is drawn when it is made, in order. */
import type { SimulatedWorkload, TraceRequest } from "../domain/simulation.ts";
import { lengthSampler, samplerOf, type Lengths, type Sampler } from "./distributions.ts";
import type { Random } from "./random.ts";

export interface Request {
  readonly index: number;
  readonly arrivalMs: number;
  readonly input: number;
  readonly output: number;
  /** Decode steps from the first token to the last. */
  readonly steps: number;
  /** Tokens a decode step yields, averaged over the answer. */
  readonly tokensPerStep: number;
  /** -1: none. */
  readonly prefixGroup: number;
  readonly prefixTokens: number;
  /** Tokens found without a cache being simulated. */
  readonly hitTokens: number;

  // What becomes of it.
  /** Orders admissions; the latest is preempted first. */
  admission: number;
  /** Prompt tokens of this stay, those found in the cache, those computed so far. */
  prompt: number;
  cached: number;
  computed: number;
  /** Tokens of it that stand in pages shared with its group. */
  shared: number;
  stepsDone: number;
  joinedAtStep: number;
  startMs: number;
  firstTokenMs: number;
  preemptions: number;
}

/** Tokens that `request` has written once `steps` of its decode steps are done. */
export function writtenAfter(request: Request, steps: number): number {
  return steps >= request.steps ? request.output : 1 + request.tokensPerStep * steps;
}

export interface RequestSource {
  make(arrivalMs: number, traced?: TraceRequest): Request;
}

export interface Drafting {
  readonly draftTokens: number;
  readonly tokensPerStep: number;
}

export function createRequestSource(
  workload: SimulatedWorkload,
  drafting: Drafting,
  random: Random,
): RequestSource {
  const lengths = lengthSampler(workload.lengths);
  const lengthRandom = random.split("lengths");
  const stepRandom = random.split("drafts");
  const drawn: Lengths = { inputTokens: 1, outputTokens: 1 };
  const group = prefixSampler(workload, random);
  const steps = stepSampler(drafting);
  const hitShare = workload.prefix.kind === "rate" ? workload.prefix.share : 0;
  let index = 0;
  return {
    make(arrivalMs, traced) {
      lengths(lengthRandom, drawn);
      const input = traced?.inputTokens ?? drawn.inputTokens;
      const output = traced?.outputTokens ?? drawn.outputTokens;
      const prefix = group(traced);
      const stepCount = steps(output - 1, stepRandom);
      return {
        index: index++,
        arrivalMs,
        input,
        output,
        steps: stepCount,
        tokensPerStep: stepCount === 0 ? 0 : (output - 1) / stepCount,
        prefixGroup: prefix.group,
        prefixTokens: Math.min(prefix.tokens, input),
        hitTokens: Math.min(input - 1, Math.floor(input * hitShare)),
        admission: 0,
        prompt: input,
        cached: 0,
        computed: 0,
        shared: 0,
        stepsDone: 0,
        joinedAtStep: 0,
        startMs: -1,
        firstTokenMs: -1,
        preemptions: 0,
      };
    },
  };
}

interface PrefixDraw {
  group: number;
  tokens: number;
}

function prefixSampler({ prefix }: SimulatedWorkload, random: Random): (traced?: TraceRequest) => PrefixDraw {
  const none: PrefixDraw = { group: -1, tokens: 0 };
  if (prefix.kind !== "shared") {
    return (traced) =>
      traced?.prefixGroup === undefined
        ? none
        : { group: traced.prefixGroup, tokens: traced.prefixTokens ?? 0 };
  }
  const draws = random.split("prefix");
  const tokensOf = prefixLengths(
    prefix.groups,
    samplerOf(prefix.prefixTokens),
    random.split("prefix-lengths"),
  );
  const upTo = new Float64Array(prefix.groups);
  let sum = 0;
  for (let i = 0; i < prefix.groups; i++) upTo[i] = sum += (i + 1) ** -prefix.skew;
  return (traced) => {
    const at = draws.uniform() * sum;
    if (traced?.prefixGroup !== undefined) {
      return { group: traced.prefixGroup, tokens: traced.prefixTokens ?? 0 };
    }
    let low = 0;
    let high = prefix.groups - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] as number) > at) high = middle;
      else low = middle + 1;
    }
    return { group: low, tokens: tokensOf[low] as number };
  };
}

function prefixLengths(groups: number, tokens: Sampler, random: Random): Float64Array {
  const lengths = new Float64Array(groups);
  for (let i = 0; i < groups; i++) lengths[i] = Math.round(tokens(random));
  return lengths;
}

/**
 * Steps until `tokens` are written when each draft is kept with the chance that gives the mean.
 *
 *   tokensPerStep = 1 + p + ... + p^drafts
 */
function stepSampler({ draftTokens, tokensPerStep }: Drafting): (tokens: number, random: Random) => number {
  if (draftTokens === 0 || tokensPerStep <= 1) return (tokens) => tokens;
  const logKept = Math.log(keptShare(draftTokens, tokensPerStep));
  if (logKept > -1e-9) return (tokens) => Math.ceil(tokens / (1 + draftTokens));
  return (tokens, random) => {
    let steps = 0;
    for (let written = 0; written < tokens; steps++) {
      written += 1 + Math.min(draftTokens, Math.floor(Math.log(random.positive()) / logKept));
    }
    return steps;
  };
}

/** Chance p that a draft is kept given the one before it was, from the mean tokens of a step. */
export function keptShare(draftTokens: number, tokensPerStep: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const p = (low + high) / 2;
    let tokens = 1;
    for (let d = 1; d <= draftTokens; d++) tokens += p ** d;
    if (tokens < tokensPerStep) low = p;
    else high = p;
  }
  return (low + high) / 2;
}
