/** All-reduce of hidden states over the ranks of a tensor-parallel group. */
import type { EstimateBasis } from "../../domain/provenance.ts";
import type { LogCurve } from "../ops/log-curve.ts";
import type { Interconnect } from "./interconnect.ts";

/**
 * Milliseconds of one all-reduce.
 *
 *   inside a scale-up domain   the measured table over elements, else latency + ring transfer
 *   beyond                     that of one domain, + latency + payload / (domain ranks * network rate)
 *
 * Per      call; a layer has two.
 */
export class AllReduce {
  readonly basis: EstimateBasis;
  private readonly ranks: number;
  private readonly elementBytes: number;
  private readonly table: LogCurve | null;
  private readonly link: Interconnect;
  private readonly inner: number;

  constructor(
    ranks: number,
    elementBytes: number,
    table: LogCurve | null,
    link: Interconnect,
    basis: EstimateBasis,
  ) {
    this.ranks = ranks;
    this.elementBytes = elementBytes;
    this.table = table;
    this.link = link;
    this.inner = Math.min(ranks, link.domainRanks);
    this.basis = ranks <= 1 ? "measured" : basis;
  }

  at(elements: number, logElements: number): number {
    if (this.ranks <= 1) return 0;
    const bytes = elements * this.elementBytes;
    return this.innerMs(bytes, logElements) + this.outerMs(bytes, this.link.networkLatencyMs);
  }

  /** Every rank sends and receives its share of the payload once each way, at the link's rate. */
  limitMs(elements: number): number {
    if (this.ranks <= 1) return 0;
    const bytes = elements * this.elementBytes;
    return (((this.inner - 1) / this.inner) * bytes) / this.link.bytesPerMs + this.outerMs(bytes, 0) / 2;
  }

  private innerMs(bytes: number, logElements: number): number {
    if (this.inner <= 1) return 0;
    if (this.table !== null) return this.table.at(logElements);
    const moved = (2 * (this.inner - 1) * bytes) / this.inner;
    return this.link.latencyMs + moved / (this.link.bytesPerMs * this.link.efficiency);
  }

  private outerMs(bytes: number, latencyMs: number): number {
    if (this.ranks <= this.inner) return 0;
    return latencyMs + bytes / (this.inner * this.link.networkBytesPerMs);
  }
}
