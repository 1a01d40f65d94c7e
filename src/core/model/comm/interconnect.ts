/** The links of one instance: inside its scale-up domain, and the network between domains. */
import type { Accelerator, Fabric } from "../../domain/catalog.ts";
import { CROSS_NODE_LATENCY_MS } from "../step/parameters.ts";

export interface Interconnect {
  /** Accelerators that reach each other over the fast link. */
  readonly domainRanks: number;
  /** One accelerator, one direction. */
  readonly bytesPerMs: number;
  readonly latencyMs: number;
  /** Share of the link that collectives without a table reach. */
  readonly efficiency: number;
  readonly networkBytesPerMs: number;
  readonly networkLatencyMs: number;
}

/** Latency of a small collective without a table, ms: NVLink-class, and through PCIe. */
const SCALE_UP_LATENCY_MS = 0.012;
const PCIE_LATENCY_MS = 0.03;
/** One 400 Gb/s adapter an accelerator, where neither plan nor catalog names a network. */
const ASSUMED_NETWORK_BYTES_PER_MS = 50e6;
/** PCIe 4.0 x16, where the catalog names no slot. */
const ASSUMED_PCIE_BYTES_PER_MS = 31.5e6;
/** Accelerators in one box without a scale-up link talk through the host. */
const PCIE_EFFICIENCY = 0.6;
const SCALE_UP_EFFICIENCY = 0.7;
/** A link domain of this many accelerators spans nodes; a smaller one is a node's board. */
const RACK_SCALE_RANKS = 17;

/**
 * Which links an instance has.
 *
 * A rack-scale domain (NVL72) carries all ranks up to its size; a smaller one ends with the node.
 */
export function interconnect(
  accelerator: Accelerator,
  acceleratorsPerNode: number,
  fabric: Fabric | undefined,
): Interconnect {
  const { scaleUp } = accelerator;
  const network = networkOf(fabric) ?? accelerator.scaleOutPerAcceleratorOneWay?.value;
  const networkBytesPerMs = network === undefined ? ASSUMED_NETWORK_BYTES_PER_MS : network / 1e3;
  const networkLatencyMs =
    CROSS_NODE_LATENCY_MS.value + (fabric?.reach === "scale-out" ? (fabric.latency?.value ?? 0) * 1e3 : 0);
  if (scaleUp === undefined) {
    const inside = fabric?.reach === "scale-up" ? fabric.bandwidthPerAcceleratorOneWay.value : undefined;
    const slot = inside ?? accelerator.pcieOneWay?.value;
    return {
      domainRanks: acceleratorsPerNode,
      bytesPerMs: slot === undefined ? ASSUMED_PCIE_BYTES_PER_MS : slot / 1e3,
      latencyMs: PCIE_LATENCY_MS,
      efficiency: PCIE_EFFICIENCY,
      networkBytesPerMs,
      networkLatencyMs,
    };
  }
  const domain = scaleUp.domainSize.value;
  return {
    domainRanks: domain >= RACK_SCALE_RANKS ? domain : Math.min(domain, acceleratorsPerNode),
    bytesPerMs: scaleUp.bandwidthPerAcceleratorOneWay.value / 1e3,
    latencyMs: SCALE_UP_LATENCY_MS,
    efficiency: SCALE_UP_EFFICIENCY,
    networkBytesPerMs,
    networkLatencyMs,
  };
}

function networkOf(fabric: Fabric | undefined): number | undefined {
  if (fabric?.reach === "scale-out") return fabric.bandwidthPerAcceleratorOneWay.value;
  return fabric?.scaleOutPerAcceleratorOneWay?.value;
}
