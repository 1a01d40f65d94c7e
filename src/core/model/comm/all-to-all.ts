/** Exchange of tokens between attention ranks and expert ranks: dispatch and combine. */
import type { EstimateBasis } from "../../domain/provenance.ts";
import type { LogCurve } from "../ops/log-curve.ts";
import {
  ALL_TO_ALL_EFFICIENCY,
  ALL_TO_ALL_LATENCY_MS,
  GROUPS_PER_TOKEN,
  NETWORK_EXCHANGE_EFFICIENCY,
  PREFILL_EXCHANGE_EFFICIENCY,
  ROUTING_GROUPS,
} from "../step/parameters.ts";
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
 * Other nodes that a token is sent to: node-limited routing picks its experts from four of eight groups,
 * and each node gets one copy, which its own links hand on.
 *
 *   nodes <= 8   each node holds 8 / nodes groups; it is spared where none of the four is among them
 *   nodes > 8    a group spans nodes: two experts a group land on at most two of its nodes
 *
 * Per      token and layer, less its own node's share.
 * Anchor   4 nodes: 2.36; 2 nodes: 0.99: comm.test.ts.
 */
export function destinationNodes(nodes: number, expertsPerToken: number): number {
  if (nodes <= 1) return 0;
  const others = 1 - 1 / nodes;
  if (nodes > ROUTING_GROUPS) {
    const within = nodes / ROUTING_GROUPS;
    return GROUPS_PER_TOKEN * destinationRanks(within, expertsPerToken / GROUPS_PER_TOKEN) * others;
  }
  const held = ROUTING_GROUPS / nodes;
  let spared = 1;
  for (let i = 0; i < GROUPS_PER_TOKEN; i++)
    spared *= Math.max(0, ROUTING_GROUPS - held - i) / (ROUTING_GROUPS - i);
  return nodes * (1 - spared) * others;
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
  private readonly nodeBytes: number;
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
    this.nodeBytes =
      input.hiddenSize *
      destinationNodes(domains, input.expertsPerToken) *
      (input.dispatchBytes + COMBINE_BYTES);
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

  /**
   * A prefill pass: inside one domain at the rate of long messages; across domains one copy a node, and while
   * one half of the batch travels the other computes, so that only what lies above `computeMs` is seen.
   */
  prefillMs(tokens: number, computeMs: number): number {
    const { link } = this;
    const inside = (tokens * this.bytesPerToken) / (link.bytesPerMs * PREFILL_EXCHANGE_EFFICIENCY.value);
    if (this.outsideShare === 0) return ALL_TO_ALL_LATENCY_MS.value + inside;
    const network = (tokens * this.nodeBytes) / (link.networkBytesPerMs * NETWORK_EXCHANGE_EFFICIENCY.value);
    const latency = ALL_TO_ALL_LATENCY_MS.value + link.networkLatencyMs;
    return Math.max(this.limitMs(tokens), latency + Math.max(network, inside) - computeMs);
  }

  /** One copy to every other node that a token reaches, and every copy inside its own. */
  limitMs(tokens: number): number {
    const inside = (tokens * this.bytesPerToken * (1 - this.outsideShare)) / this.link.bytesPerMs;
    return Math.max(inside, (tokens * this.nodeBytes) / this.link.networkBytesPerMs);
  }

  private transferMs(tokens: number): number {
    const bytes = tokens * this.bytesPerToken;
    const inside = (bytes * (1 - this.outsideShare)) / this.link.bytesPerMs;
    return Math.max(inside, (bytes * this.outsideShare) / this.link.networkBytesPerMs);
  }
}
