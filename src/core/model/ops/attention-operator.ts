/**
 * The attention core of one layer on one rank: scores, softmax and weighted sum, without projections.
 */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import { kvElementsPerTokenLayer } from "../../domain/architecture.ts";
import type { Bound } from "../../domain/step.ts";
import type { EstimateBasis } from "../../domain/provenance.ts";
import type { LogSurface } from "./log-curve.ts";
import type { Efficiency } from "./roofline-profile.ts";
import { rooflineLimitMs, type Peaks } from "./roofline-limit.ts";

/** Work of one call: cache bytes read, and FLOP. */
export interface AttentionWork {
  bytes(sequences: number, tokens: number): number;
  flop(sequences: number, tokens: number): number;
}

/** What a step asks of attention, dense or sparse. */
export interface AttentionCore {
  readonly basis: EstimateBasis;
  at(sequences: number, tokens: number): number;
  limitMs(sequences: number, tokens: number): number;
  boundAt(sequences: number, tokens: number): Bound;
  basisAt(sequences: number, tokens: number): EstimateBasis;
}

export class AttentionOperator implements AttentionCore {
  readonly basis: EstimateBasis;
  private readonly table: LogSurface | null;
  private readonly work: AttentionWork;
  private readonly peaks: Peaks;
  private readonly efficiency: Efficiency;

  constructor(
    table: LogSurface | null,
    work: AttentionWork,
    peaks: Peaks,
    efficiency: Efficiency,
    rooflineBasis: EstimateBasis,
  ) {
    this.table = table;
    this.work = work;
    this.peaks = peaks;
    this.efficiency = efficiency;
    this.basis = table === null ? rooflineBasis : "interpolated";
  }

  /**
   * Milliseconds for `sequences` over `tokens` each (decode: cached tokens; prefill: new tokens). Beyond
   * a table's heads (drafts to verify) the physical limit holds the extrapolation up.
   */
  at(sequences: number, tokens: number): number {
    if (this.table !== null) {
      return Math.max(this.table.at(Math.log(sequences), Math.log(tokens)), this.limitMs(sequences, tokens));
    }
    const { launchMs, bandwidth, compute } = this.efficiency;
    const memory = this.work.bytes(sequences, tokens) / (this.peaks.bytesPerMs * bandwidth);
    const arithmetic = this.work.flop(sequences, tokens) / (this.peaks.flopPerMs * compute);
    return launchMs + Math.max(memory, arithmetic);
  }

  limitMs(sequences: number, tokens: number): number {
    return rooflineLimitMs(this.work.bytes(sequences, tokens), this.work.flop(sequences, tokens), this.peaks);
  }

  boundAt(sequences: number, tokens: number): Bound {
    const limit = this.limitMs(sequences, tokens);
    if (this.at(sequences, tokens) > 4 * limit) return "latency";
    return this.work.flop(sequences, tokens) / this.peaks.flopPerMs >= limit ? "compute" : "bandwidth";
  }

  basisAt(sequences: number, tokens: number): EstimateBasis {
    if (this.table === null) return this.basis;
    const inside = sequences <= this.table.lastRow && tokens <= this.table.lastColumn;
    return inside ? this.basis : "extrapolated";
  }
}

/**
 * Absorbed decode: each head's query meets the shared latent itself.
 *
 *   bytes = sequences * context * (kvLoraRank + ropeHeadDim) * cacheBytes
 *   FLOP  = 2 * sequences * heads * context * (2 * kvLoraRank + ropeHeadDim)
 *
 * Per      layer and rank with `heads` query heads (times drafted tokens to verify).
 * Anchor   64 sequences of 1536 tokens read 113 MB a layer in BF16: attention-operator.test.ts.
 */
export function absorbedDecodeWork(a: MlaArchitecture, heads: number, cacheBytes: number): AttentionWork {
  const bytesPerToken = kvElementsPerTokenLayer(a) * cacheBytes;
  const flopPerToken = 2 * heads * (2 * a.kvLoraRank + a.ropeHeadDim);
  return {
    bytes: (sequences, tokens) => sequences * tokens * bytesPerToken,
    flop: (sequences, tokens) => sequences * tokens * flopPerToken,
  };
}

/**
 * Expanded causal prefill: keys and values of every head are written out.
 *
 *   FLOP = sequences * tokens^2 * heads * (nopeHeadDim + ropeHeadDim + valueHeadDim)
 *
 * (two products of 2 FLOP each, half of the square under the causal mask)
 * Per      layer and rank.
 */
export function expandedPrefillWork(a: MlaArchitecture, heads: number): AttentionWork {
  const width = heads * (a.nopeHeadDim + a.ropeHeadDim + a.valueHeadDim);
  return {
    bytes: (sequences, tokens) => sequences * tokens * 2 * 2 * width,
    flop: (sequences, tokens) => sequences * tokens * tokens * width,
  };
}
