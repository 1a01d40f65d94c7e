/**
 * One operator whose work depends on a number of tokens alone: a GEMM, the routed experts, a batched
 * product over heads. Measured where a table is given, else a roofline.
 */
import type { Bound } from "../../domain/step.ts";
import type { EstimateBasis } from "../../domain/provenance.ts";
import type { LogCurve } from "./log-curve.ts";
import type { Efficiency } from "./roofline-profile.ts";
import { distinctExperts, fewestExperts } from "./distinct-experts.ts";
import { rooflineLimitMs, type Peaks } from "./roofline-limit.ts";

/** What one call moves and multiplies, as a function of its tokens. Bytes and FLOP of one rank. */
export interface TokenWork {
  readonly fixedBytes: number;
  readonly bytesPerToken: number;
  readonly flopPerToken: number;
  /** Routed experts: bytes of one expert on this rank, and how many of the layer's live there. */
  readonly experts?: {
    readonly bytes: number;
    readonly onRank: number;
    readonly count: number;
    readonly perToken: number;
  };
}

export class TokenOperator {
  readonly basis: EstimateBasis;
  private readonly table: LogCurve | null;
  private readonly work: TokenWork;
  private readonly peaks: Peaks;
  private readonly efficiency: Efficiency;

  constructor(
    table: LogCurve | null,
    work: TokenWork,
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

  /** Milliseconds of one call on `tokens` tokens; `logTokens` is their logarithm. */
  at(tokens: number, logTokens: number, prefill = false): number {
    if (this.table !== null) return Math.max(this.table.at(logTokens), this.limitMs(tokens));
    const { launchMs, bandwidth, compute, prefillCompute } = this.efficiency;
    const reached = prefill && prefillCompute !== undefined ? prefillCompute : compute;
    const memory = this.bytes(tokens) / (this.peaks.bytesPerMs * bandwidth);
    const arithmetic = (this.work.flopPerToken * tokens) / (this.peaks.flopPerMs * reached);
    return launchMs + Math.max(memory, arithmetic);
  }

  /** The least time: every byte once at full bandwidth, or every FLOP at the dense peak. */
  limitMs(tokens: number): number {
    return rooflineLimitMs(this.leastBytes(tokens), this.work.flopPerToken * tokens, this.peaks);
  }

  boundAt(tokens: number): Bound {
    const limit = this.limitMs(tokens);
    if (this.at(tokens, Math.log(tokens)) > 4 * limit) return "latency";
    return this.arithmeticMs(tokens) >= limit ? "compute" : "bandwidth";
  }

  basisAt(tokens: number): EstimateBasis {
    return this.table !== null && tokens > this.table.last ? "extrapolated" : this.basis;
  }

  private arithmeticMs(tokens: number): number {
    return (this.work.flopPerToken * tokens) / this.peaks.flopPerMs;
  }

  private bytes(tokens: number): number {
    const { fixedBytes, bytesPerToken, experts } = this.work;
    const own = fixedBytes + bytesPerToken * tokens;
    if (experts === undefined) return own;
    const { bytes, onRank, count, perToken } = experts;
    return own + bytes * distinctExperts(tokens, onRank, count, perToken);
  }

  private leastBytes(tokens: number): number {
    const { fixedBytes, bytesPerToken, experts } = this.work;
    const own = fixedBytes + bytesPerToken * tokens;
    if (experts === undefined) return own;
    const { bytes, onRank, count, perToken } = experts;
    return own + (bytes * fewestExperts(tokens, count, perToken) * onRank) / count;
  }
}
