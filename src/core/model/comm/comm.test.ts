import { describe, expect, it } from "vitest";
import { catalog } from "../../../planner-data.ts";
import { AllReduce } from "./all-reduce.ts";
import { AllToAll, destinationNodes, destinationRanks } from "./all-to-all.ts";
import { interconnect } from "./interconnect.ts";

const accelerator = (id: string) => catalog.accelerators.get(id)!;

describe("interconnect", () => {
  it("ends a board's domain with the node and lets a rack's go on", () => {
    expect(interconnect(accelerator("h200-sxm"), 8, undefined).domainRanks).toBe(8);
    expect(interconnect(accelerator("h200-sxm"), 4, undefined).domainRanks).toBe(4);
    expect(interconnect(accelerator("gb200"), 4, undefined).domainRanks).toBe(72);
  });

  it("talks through PCIe where there is no scale-up link", () => {
    const link = interconnect(accelerator("l40s"), 8, undefined);
    expect(link.bytesPerMs).toBeLessThan(100e6);
    expect(link.domainRanks).toBe(8);
  });

  it("takes the plan's network over the catalog's", () => {
    const fabric = (id: string) => catalog.fabrics.get(id)!;
    const network = (id: string) => interconnect(accelerator("h200-sxm"), 8, fabric(id)).networkBytesPerMs;
    expect(network("infiniband-200g")).toBe(25e6);
    expect(network("infiniband-800g")).toBe(100e6);
    expect(network("nvlink4+infiniband")).toBe(50e6);
  });

  it("takes a plan's scale-up link only where the accelerator has none of its own", () => {
    const pcie = catalog.fabrics.get("pcie5")!;
    expect(interconnect(accelerator("h200-sxm"), 8, pcie).bytesPerMs).toBe(450e6);
    const slot = pcie.bandwidthPerAcceleratorOneWay.value / 1e3;
    expect(interconnect(accelerator("l40s"), 8, pcie).bytesPerMs).toBe(slot);
  });
});

describe("AllReduce", () => {
  const link = interconnect(accelerator("h200-sxm"), 8, undefined);

  it("costs nothing on one rank", () => {
    expect(new AllReduce(1, 2, null, link, "extrapolated").at(7168, Math.log(7168))).toBe(0);
  });

  it("moves twice the payload's ring share over the link", () => {
    const elements = 7168 * 8192;
    const reduce = new AllReduce(8, 2, null, link, "extrapolated");
    const ring = (2 * (7 / 8) * elements * 2) / link.bytesPerMs;
    expect(reduce.at(elements, Math.log(elements))).toBeCloseTo(link.latencyMs + ring / link.efficiency, 9);
    expect(reduce.limitMs(elements)).toBeLessThan(ring);
  });

  it("adds the network beyond a node", () => {
    const elements = 7168 * 64;
    const one = new AllReduce(8, 2, null, link, "extrapolated").at(elements, Math.log(elements));
    const two = new AllReduce(16, 2, null, link, "extrapolated").at(elements, Math.log(elements));
    expect(two - one).toBeCloseTo(link.networkLatencyMs + (elements * 2) / (8 * link.networkBytesPerMs), 9);
  });
});

describe("AllToAll", () => {
  it("sends a token to as many ranks as its experts live on", () => {
    expect(destinationRanks(1, 8)).toBe(1);
    expect(destinationRanks(8, 8)).toBeCloseTo(5.25, 2);
    expect(destinationRanks(32, 8)).toBeCloseTo(7.18, 2);
  });

  it("reaches no more nodes than routing allows", () => {
    expect(destinationNodes(1, 8)).toBe(0);
    expect(destinationNodes(2, 8)).toBeCloseTo(0.986, 3);
    expect(destinationNodes(4, 8)).toBeCloseTo(2.357, 3);
    expect(destinationNodes(8, 8)).toBeCloseTo(3.5, 9);
    expect(destinationNodes(64, 8)).toBeLessThan(8);
  });

  it("is slower over a network than inside a rack, and never below its limit", () => {
    const make = (id: string) =>
      new AllToAll({
        hiddenSize: 7168,
        destinations: destinationRanks(32, 8),
        expertRanks: 32,
        expertsPerToken: 8,
        dispatchBytes: 1,
        table: null,
        link: interconnect(accelerator(id), 8, undefined),
        basis: "calibrated",
      });
    const [rack, network] = [make("gb200"), make("h200-sxm")];
    for (const tokens of [1, 16, 256, 4096]) {
      expect(network.at(tokens, Math.log(tokens))).toBeGreaterThan(rack.at(tokens, Math.log(tokens)));
      expect(network.at(tokens, Math.log(tokens))).toBeGreaterThan(network.limitMs(tokens));
    }
  });
});
