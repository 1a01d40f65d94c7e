/** Exchange of tokens between attention ranks and expert ranks: dispatch and combine. */
import type { EstimateBasis } from "../../domain/provenance.ts";
import type { LogCurve } from "../ops/log-curve.ts";
import { ALL_TO_ALL_EFFICIENCY, ALL_TO_ALL_LATENCY_MS } from "../step/parameters.ts";
import type { Interconnect } from "./interconnect.ts";

/** Bytes of an element of the hidden state on its way to the experts; back it is BF16. */
const COMBINE_BYTES = 2;

/**
 * Ranks other than a token's own that its experts live on, on average.
 *
 *   expertRanks * (1 - (1 - 1/expertRanks)^expertsPerToken)
 *
 * Per      token and layer. One expert rank of several TP shares counts as all of its shares.
 * Anchor   8 ranks, 8 experts: 5.25; 32 ranks: 7.18: comm.test.ts.
 */
export function destinationRanks(expertRanks: number, expertsPerToken: number): number {
  return expertRanks * (1 - (1 - 1 / expertRanks) ** expertsPerToken);
}

/**
 * Milliseconds of one layer's dispatch and combine.
 *
 *   latency + tokens * hidden * ranks * (dispatchBytes + 2) / (efficiency * link)
 *
 * Inside a scale-up domain; across domains the measured DeepEP low-latency curve where there is one,
 * else the part that leaves the domain over the network.
 * Per      layer; `tokens` of one attention rank.
 */
export class AllToAll {
  readonly basis: EstimateBasis;
  private readonly bytesPerToken: number;
  private readonly outsideShare: number;
  private readonly leastOutside: number;
  private readonly table: LogCurve | null;
  private readonly link: Interconnect;

  constructor(input: {
    readonly hiddenSize: number;
    readonly destinations: number;
    readonly expertRanks: number;
    readonly expertsPerToken: number;
    readonly dispatchBytes: number;
    readonly table: LogCurve | null;
    readonly link: Interconnect;
    readonly basis: EstimateBasis;
  }) {
    this.bytesPerToken = input.hiddenSize * input.destinations * (input.dispatchBytes + COMBINE_BYTES);
    this.outsideShare = Math.max(0, 1 - input.link.domainRanks / input.expertRanks);
    const domains = Math.max(1, input.expertRanks / input.link.domainRanks);
    const copies = destinationRanks(domains, input.expertsPerToken) * (1 - 1 / domains);
    this.leastOutside = (copies / input.destinations) * this.bytesPerToken;
    this.table = this.outsideShare > 0 ? input.table : null;
    this.link = input.link;
    this.basis = this.table === null ? input.basis : "interpolated";
  }

  at(tokens: number, logTokens: number): number {
    const { table, link } = this;
    if (table !== null && tokens <= table.last) return table.at(logTokens);
    const latency = ALL_TO_ALL_LATENCY_MS.value + (this.outsideShare > 0 ? link.networkLatencyMs : 0);
    const transfer = latency + this.transferMs(tokens) / ALL_TO_ALL_EFFICIENCY.value;
    return table === null ? transfer : Math.max(transfer, table.at(logTokens));
  }

  /** One copy to every other domain that a token reaches, and every copy inside its own. */
  limitMs(tokens: number): number {
    const inside = (tokens * this.bytesPerToken * (1 - this.outsideShare)) / this.link.bytesPerMs;
    return Math.max(inside, (tokens * this.leastOutside) / this.link.networkBytesPerMs);
  }

  private transferMs(tokens: number): number {
    const bytes = tokens * this.bytesPerToken;
    const inside = (bytes * (1 - this.outsideShare)) / this.link.bytesPerMs;
    return Math.max(inside, (bytes * this.outsideShare) / this.link.networkBytesPerMs);
  }
}
