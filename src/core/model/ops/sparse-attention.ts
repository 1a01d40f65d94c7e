/**
 * Attention that looks at the best tokens only (DeepSeek-V3.2): an indexer scores the whole context with
 * a few small heads, the core attends to at most `attendedTokens` of it.
 */
import type { Indexer, MlaArchitecture } from "../../domain/architecture.ts";
import type { Bound } from "../../domain/step.ts";
import type { EstimateBasis } from "../../domain/provenance.ts";
import { absorbedDecodeWork, type AttentionCore } from "./attention-operator.ts";
import type { Efficiency } from "./roofline-profile.ts";
import { rooflineLimitMs, type Peaks } from "./roofline-limit.ts";

/** Key of a token in the indexer's cache: FP8 and one scale. */
const KEY_SCALE_BYTES = 4;

export interface SparseInput {
  readonly architecture: MlaArchitecture;
  readonly indexer: Indexer;
  /** Query heads of one rank. */
  readonly heads: number;
  /** The same core over every token: measured or a roofline. */
  readonly dense: AttentionCore;
  readonly phase: "decode" | "prefill";
  readonly peaks: Peaks;
  /** Of the core, and of the scores: one plain product of FP8. */
  readonly efficiency: Efficiency;
  readonly scoring: Efficiency;
}

/**
 * One layer on one rank. Indexer heads are not cut: every rank scores for itself.
 *
 *   decode   dense(min(context, attended)) + indexer: context keys, 2 * indexHeads * indexDim FLOP each
 *   prefill  dense(min(tokens, attended)) + absorbed core over `attended` keys for every later token
 *            + indexer over half of the square
 *
 * Leaves   out the selection itself, which no table holds. Extrapolated: kernels of the dense core stand in.
 * Anchor   equal to the dense core up to 2048 tokens but for the indexer: sparse-attention.test.ts.
 */
export class SparseAttention implements AttentionCore {
  readonly basis: EstimateBasis = "extrapolated";
  private readonly input: SparseInput;
  private readonly keyBytes: number;
  private readonly scoreFlop: number;
  private readonly laterFlop: number;

  constructor(input: SparseInput) {
    const { indexer, architecture, heads } = input;
    this.input = input;
    this.keyBytes = indexer.headDim + KEY_SCALE_BYTES;
    this.scoreFlop = 2 * indexer.headCount * indexer.headDim;
    this.laterFlop = absorbedDecodeWork(architecture, heads, 1).flop(1, indexer.attendedTokens);
  }

  at(sequences: number, tokens: number): number {
    const { dense, efficiency, scoring, peaks, indexer } = this.input;
    const memory = this.bytes(sequences, tokens) / (peaks.bytesPerMs * efficiency.bandwidth);
    const scores = this.scores(sequences, tokens) / (peaks.flopPerMs * scoring.compute);
    const later = this.later(sequences, tokens) / (peaks.flopPerMs * efficiency.compute);
    return dense.at(sequences, Math.min(tokens, indexer.attendedTokens)) + Math.max(memory, scores) + later;
  }

  limitMs(sequences: number, tokens: number): number {
    const { dense, peaks, indexer } = this.input;
    const flop = this.scores(sequences, tokens) + this.later(sequences, tokens);
    const own = rooflineLimitMs(this.bytes(sequences, tokens), flop, peaks);
    return dense.limitMs(sequences, Math.min(tokens, indexer.attendedTokens)) + own;
  }

  boundAt(sequences: number, tokens: number): Bound {
    const { dense, indexer } = this.input;
    return dense.boundAt(sequences, Math.min(tokens, indexer.attendedTokens));
  }

  basisAt(): EstimateBasis {
    return "extrapolated";
  }

  private scores(sequences: number, tokens: number): number {
    const pairs = this.input.phase === "decode" ? tokens : (tokens * tokens) / 2;
    return sequences * pairs * this.scoreFlop;
  }

  /** Absorbed core of prompt tokens beyond those that the dense core has. */
  private later(sequences: number, tokens: number): number {
    const { phase, indexer } = this.input;
    if (phase === "decode") return 0;
    return sequences * Math.max(0, tokens - indexer.attendedTokens) * this.laterFlop;
  }

  private bytes(sequences: number, tokens: number): number {
    return sequences * tokens * this.keyBytes;
  }
}
