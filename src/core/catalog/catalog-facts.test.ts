import { describe, expect, it } from "vitest";
import { catalog, loadEngineFlags } from "../../planner-data.ts";
import type { Accelerator } from "../domain/catalog.ts";
import { EXAMPLE_PLAN, parsePlan } from "../domain/parse-plan.ts";
import { vocabularyOf } from "../domain/plan-vocabulary.ts";
import { GIB } from "../units/quantity.ts";

const accelerators = [...catalog.accelerators.values()];

function accelerator(id: string): Accelerator {
  const found = catalog.accelerators.get(id);
  if (!found) throw new Error(id);
  return found;
}

describe("accelerators", () => {
  it("holds every kind", () => {
    expect(catalog.accelerators.size).toBe(46);
    expect(new Set(accelerators.map((one) => one.kind))).toEqual(
      new Set(["gpu", "superchip", "npu", "tpu", "unified-memory"]),
    );
  });

  // nvidia-smi reads in MiB: 81559, 143771, 183359, 275040, 189471, 284208; rocm-smi shows label minus 16 MiB.
  it.each([
    ["h100-sxm", 81_559],
    ["h200-sxm", 143_771],
    ["b200-sxm", 183_359],
    ["b300-sxm", 275_040],
    ["gb200", 189_471],
    ["gb300", 284_208],
    ["mi300x", 192 * 1024 - 16],
    ["mi355x", 288 * 1024 - 16],
  ])("%s has the memory that its driver reports: %d MiB", (id, mib) => {
    expect(accelerator(id).memory.value / 1024 ** 2).toBeCloseTo(mib, -1);
    expect(accelerator(id).memory.basis).toBe("measured");
  });

  it("agrees with the anchors of the H200", () => {
    const h200 = accelerator("h200-sxm");
    expect(h200.memory.value / 1e9).toBeCloseTo(150.75, 2);
    expect(h200.memoryBandwidth.value).toBe(4.8e12);
    expect(h200.scaleUp?.bandwidthPerAcceleratorOneWay.value).toBe(450e9);
    expect(h200.scaleUp?.domainSize.value).toBe(8);
    expect(h200.peakDense.bf16?.value).toBe(989e12);
  });

  describe.each(accelerators.map((one) => [one.id, one] as const))("%s", (_id, one) => {
    const { bf16, fp8, fp4 } = one.peakDense;

    it("has memory and bandwidth of its kind", () => {
      expect(one.memory.value).toBeGreaterThan(16e9);
      expect(one.memory.value).toBeLessThan(1e12);
      expect(one.memoryBandwidth.value).toBeGreaterThan(2e11);
      expect(one.memoryBandwidth.value).toBeLessThan(1e13);
      expect(one.wiredLimit?.value ?? 0).toBeLessThan(one.memory.value);
    });

    it("multiplies faster in smaller formats, and only in those that it has", () => {
      expect(fp8 === undefined || one.nativeFp8).toBe(true);
      expect(fp4 === undefined || one.nativeFp4).toBe(true);
      if (bf16 && fp8) expect(fp8.value).toBeGreaterThanOrEqual(bf16.value);
      if (fp8 && fp4) expect(fp4.value).toBeGreaterThanOrEqual(1.9 * fp8.value);
      if (bf16) expect(one.achievedBf16?.value ?? 0).toBeLessThan(bf16.value);
      if (fp8) expect(one.achievedFp8?.value ?? 0).toBeLessThan(fp8.value);
    });

    it("balances compute and bandwidth: a wrong power of ten in either would leave the band", () => {
      if (!bf16) return expect(one.kind).toBe("unified-memory");
      const intensity = bf16.value / one.memoryBandwidth.value;
      expect(intensity).toBeGreaterThan(30);
      expect(intensity).toBeLessThan(700);
    });

    it("has links, power and a price within what exists", () => {
      const link = one.scaleUp?.bandwidthPerAcceleratorOneWay.value ?? 2e11;
      expect(link).toBeGreaterThan(5e10);
      expect(link).toBeLessThanOrEqual(9e11);
      const watts = one.powerDraw?.value ?? 500;
      expect(watts).toBeGreaterThan(50);
      expect(watts).toBeLessThan(1500);
      const price = one.listPrice?.value ?? 10_000;
      expect(price).toBeGreaterThan(1000);
      expect(price).toBeLessThan(60_000);
    });
  });
});

describe("hosts and fabrics", () => {
  it.each([...catalog.hosts.values()].map((one) => [one.id, one] as const))("%s is physical", (_id, host) => {
    const perChannel = host.memoryBandwidthSpecification.value / host.sockets / host.channelsPerSocket;
    // DDR4-3200 to MRDIMM-8800, 8 bytes a transfer.
    expect(perChannel).toBeGreaterThanOrEqual(3200e6 * 8);
    expect(perChannel).toBeLessThanOrEqual(8800e6 * 8);
    const share = (host.memoryBandwidthAchieved?.value ?? 0) / host.memoryBandwidthSpecification.value;
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(0.9);
  });

  it("knows the links that measurements name", () => {
    expect(catalog.hosts.size).toBe(17);
    expect(catalog.fabrics.get("nvlink4")?.bandwidthPerAcceleratorOneWay.value).toBe(450e9);
    expect(catalog.fabrics.get("nvlink5")?.bandwidthPerAcceleratorOneWay.value).toBe(900e9);
    expect(catalog.fabrics.get("infiniband-400g")?.bandwidthPerAcceleratorOneWay.value).toBe(50e9);
  });
});

describe("software", () => {
  it("holds the eight models with the architecture of one family", () => {
    expect([...catalog.models.keys()].sort()).toEqual([
      "deepseek-r1",
      "deepseek-r1-0528",
      "deepseek-v3",
      "deepseek-v3-0324",
      "deepseek-v3-base",
      "deepseek-v3.1",
      "deepseek-v3.1-terminus",
      "deepseek-v3.2",
    ]);
    for (const model of catalog.models.values()) {
      const a = model.architecture;
      const layer = 3 * a.hiddenSize * a.expertIntermediateSize;
      const routed = (a.layerCount - a.denseLayerCount) * a.routedExpertCount * layer;
      expect(routed / 1e9).toBeCloseTo(653.9, 1);
      expect(model.repositories.some((one) => one.weights === model.nativeWeights)).toBe(true);
    }
  });

  it("holds 35 GGUF types, nine of which need an importance matrix", () => {
    const gguf = [...catalog.weightFormats.values()].filter((one) => one.family === "gguf");
    expect(gguf.filter((one) => one.id !== "gguf:custom")).toHaveLength(35);
    expect(gguf.filter((one) => one.needsImatrix)).toHaveLength(9);
    expect(gguf.every((one) => one.engines.includes("llama.cpp"))).toBe(true);
    expect(catalog.weightFormats.get("fp8")?.family).toBe("safetensors");
  });

  it("gives every engine version its defaults", () => {
    const vllm = catalog.engines.get("vllm");
    const fraction = (version: string): number | undefined =>
      vllm?.versions.find((one) => one.version === version)?.defaults.memFraction.value;
    expect(fraction("0.19.1")).toBe(0.9);
    expect(fraction("0.20.1")).toBe(0.92);
    expect(fraction(vllm?.current ?? "")).toBe(0.92);
    expect(catalog.engines.get("sglang")?.current).toBe("0.5.18");
    const kits = [...catalog.engines.values()].filter((one) => one.kit).map((one) => one.id);
    expect(kits.sort()).toEqual([
      "ik_llama.cpp",
      "ktransformers",
      "llama.cpp",
      "lmdeploy",
      "mlx",
      "ollama",
      "sglang",
      "tensorrt-llm",
      "vllm",
    ]);
    for (const engine of catalog.engines.values()) {
      const dates = engine.versions.map((one) => one.date);
      expect(dates, engine.id).toEqual([...dates].sort());
    }
  });

  it("has the options of every engine that kits can be compiled for", async () => {
    for (const engine of catalog.engines.values()) {
      if (engine.kit)
        expect(await loadEngineFlags(engine.id), engine.id).toMatchObject({ engine: engine.id });
    }
    expect(await loadEngineFlags("sglang")).toMatchObject({
      version: catalog.engines.get("sglang")?.current,
    });
  });

  it("keeps device tiers largest first, so that the first reached one counts", () => {
    for (const engine of catalog.engines.values()) {
      for (const { defaults } of engine.versions) {
        const tiers = (defaults.deviceTiers ?? []).map((one) => one.minimumMemory.value);
        expect(tiers, engine.id).toEqual([...tiers].sort((a, b) => b - a));
      }
    }
  });

  it("knows the plan that the page opens with", () => {
    const plan = parsePlan(EXAMPLE_PLAN, vocabularyOf(catalog));
    expect(plan.ok).toBe(true);
  });
});

describe("prices", () => {
  it("keeps every offer within what the market asks", () => {
    expect(catalog.rentalOffers.length).toBeGreaterThan(200);
    for (const offer of catalog.rentalOffers) {
      const where = `${offer.provider} ${offer.instance} ${offer.term}`;
      expect(offer.usdPerAcceleratorHour, where).toBeGreaterThan(0.08);
      expect(offer.usdPerAcceleratorHour, where).toBeLessThan(20);
      expect(offer.acceleratorCount, where).toBeLessThanOrEqual(8);
      expect(catalog.sources.has(offer.source), where).toBe(true);
    }
  });

  it("has on-demand offers of what large deployments rent, newer parts dearer", () => {
    const median = (id: string): number => {
      const prices = catalog.rentalOffers
        .filter((one) => one.accelerator === id && one.term === "on-demand" && one.quality !== "low")
        .map((one) => one.usdPerAcceleratorHour)
        .sort((a, b) => a - b);
      return prices[Math.floor(prices.length / 2)] ?? Number.NaN;
    };
    const ladder = ["a100-80-sxm", "h100-sxm", "h200-sxm", "b200-sxm"].map(median);
    expect(ladder).toEqual([...ladder].sort((a, b) => a - b));
    expect(median("h200-sxm")).toBeGreaterThan(3);
    expect(median("h200-sxm")).toBeLessThan(7);
  });

  it("asks no more for a spot or reserved accelerator than on demand", () => {
    for (const offer of catalog.rentalOffers.filter((one) => one.term.startsWith("reserved"))) {
      const onDemand = catalog.rentalOffers.find(
        (one) => one.term === "on-demand" && one.instance === offer.instance && one.region === offer.region,
      );
      if (onDemand) expect(offer.usdPerAcceleratorHour).toBeLessThan(onDemand.usdPerAcceleratorHour);
    }
  });

  it("keeps API prices and what owning costs in their usual units", () => {
    expect(catalog.apiOffers.length).toBeGreaterThan(50);
    for (const offer of catalog.apiOffers) {
      expect(offer.input, offer.model).toBeLessThan(10);
      expect(offer.output, offer.model).toBeGreaterThanOrEqual(offer.input);
      expect(offer.cachedInput ?? 0, offer.model).toBeLessThanOrEqual(offer.input);
    }
    const { ownership } = catalog;
    expect(ownership.powerUsageEffectiveness.value).toBeGreaterThan(1);
    expect(ownership.usdPerKilowattHour.value).toBeLessThan(0.5);
    for (const [id, watts] of ownership.allInPowerPerAccelerator) {
      expect(watts.value, id).toBeGreaterThan(accelerator(id).powerDraw?.value ?? Infinity);
      expect(watts.value, id).toBeLessThan(3 * (accelerator(id).powerDraw?.value ?? 0));
    }
    expect(accelerator("h100-sxm").memory.value / GIB).toBeCloseTo(79.65, 2);
  });
});
