/** What a serving system is, to the solvers, and where it settles. Milliseconds, requests per ms. */

/** The load on one replica (aggregated) or on the whole service (disaggregated). */
export interface Load {
  /** Closed loop: clients with one request each in flight. */
  readonly clients?: number;
  /** Open loop: requests per ms. */
  readonly rate?: number;
  readonly outputTokens: number;
}

export interface OperatingPoint {
  /** Requests per ms. */
  readonly rate: number;
  /** Mean, from arrival to the first token. */
  readonly ttftMs: number;
  /** Of that, waiting for a free slot or an unsaturated prefill pool. */
  readonly queueMs: number;
  /** Mean, per output token after the first. */
  readonly tpotMs: number;
  /** What a token costs while nothing prefills; `tpotMs` less this is interference. */
  readonly pureTpotMs: number;
  /** Sequences decoding at once on one instance. */
  readonly decodeBatch: number;
  /** Share of time that decoding is held up by prefill. */
  readonly prefillShare: number;
  /** Chance that a request finds another one decoding. */
  readonly othersDecode: number;
  /** Prompts that share a pass, at this load. */
  readonly promptsPerPass: number;
  /** Decode steps between two looks at the line, at this load. */
  readonly lookSteps: number;
  readonly saturated: "no" | "slots" | "prefill" | "rate";
}

/** Costs of one request and one step, as a solver sees them. */
export interface ServingCosts {
  /** ms of one decode step of an instance with this many sequences. */
  readonly stepMs: (batch: number) => number;
  /** Output tokens that a step yields for each sequence: more than one with drafts. */
  readonly tokensPerStep: number;
  /** ms of one pass over this many prompts. */
  readonly passMs: (prompts: number) => number;
  /** Prompts that the token budget lets into one pass, over all attention ranks. */
  readonly promptsPerPass: number;
  /** Attention ranks of the instance that prefills. */
  readonly attentionRanks: number;
  /** ms that one step of `batch` sequences adds to a pass over `prompts` that carries it; absent where prompts displace decoding. */
  readonly riderMs?: (batch: number, prompts: number) => number;
  /** ms from admission to first token for a request alone. */
  readonly prefillAloneMs: number;
  /** Machine time of one prompt in a full pass, ms: what a pool can do at most. */
  readonly prefillMachineMs: number;
  /** ms a request that no machine works on: HTTP, tokenizer, hand-over. */
  readonly requestMs: number;
  /** Decode steps that pass on average before a new request is seen, where others decode. */
  readonly waitSteps: number;
  /** Prompts wait out the interval after a pass too, until each rank has one: gathering.ts. */
  readonly gathers: boolean;
  /** Further decode steps until the first token is out, where others decode. */
  readonly delaySteps: number;
  /** Sequences that may decode at once on one instance. */
  readonly slots: number;
}
