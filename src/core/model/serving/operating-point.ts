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
  readonly saturated: "no" | "slots" | "prefill" | "rate";
}

/** Costs of one request and one step, as a solver sees them. */
export interface ServingCosts {
  /** ms per output token of an instance with this many sequences decoding, drafts accounted for. */
  readonly tokenMs: (batch: number) => number;
  /** ms from admission to first token for a request alone. */
  readonly prefillAloneMs: number;
  /** Machine time that one request's prefill takes, ms. */
  readonly prefillMachineMs: number;
  /** ms a request that no machine works on: HTTP, tokenizer, hand-over. */
  readonly requestMs: number;
  /** Tokens' time that pass before a new request is seen. */
  readonly waitSteps: number;
  /** Sequences that may decode at once on one instance. */
  readonly slots: number;
}
