import { describe, expect, it } from "vitest";
import { catalog, loadOpTables } from "../../../planner-data.ts";
import type { Plan } from "../../domain/plan.ts";
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import type { RooflineOperator } from "../../domain/roofline.ts";
import { rooflineOf } from "./roofline.ts";

const of = async (plan: Plan) => {
  const { accelerator } = plan.cluster;
  const found = rooflineOf(plan, { catalog, opTables: accelerator ? await loadOpTables(accelerator) : null });
  if (!found.ok) throw new Error(found.error.message);
  return found.value;
};

const named = (operators: readonly RooflineOperator[], id: string) =>
  operators.find((operator) => operator.id === id)!;

describe("bytes and FLOP of a step", () => {
  it("make the very limits of the waterfall, and no operator beats its roof", async () => {
    for (const plan of [
      EXAMPLE_PLAN,
      { ...EXAMPLE_PLAN, weights: "awq-int4" },
      { ...EXAMPLE_PLAN, layout: { ...EXAMPLE_PLAN.layout, dpAttention: 8, ep: 8 } },
    ]) {
      const { roofs, decode, prefill } = await of(plan);
      const [roof] = roofs;
      for (const { id, bytes, flop, limitMs, ms, peakFlopPerMs } of [
        ...decode.operators,
        ...prefill.operators,
      ]) {
        const least = Math.max(bytes / roof!.bytesPerMs, flop / peakFlopPerMs);
        // A sum of the greater of two is at least the greater of two sums.
        expect([id, limitMs >= least * 0.999]).toEqual([id, true]);
        expect([id, limitMs <= (bytes / roof!.bytesPerMs + flop / peakFlopPerMs) * 1.001]).toEqual([
          id,
          true,
        ]);
        expect([id, ms >= limitMs * 0.999]).toEqual([id, true]);
      }
    }
  });

  it("a prompt's FLOP are two an active parameter and token, cut over the ranks", async () => {
    const { prefill } = await of(EXAMPLE_PLAN);
    const gemms = prefill.operators.filter(({ id }) => id !== "attention-core" && id !== "lm-head");
    const flop = 8 * gemms.reduce((sum, operator) => sum + operator.flop, 0);
    // 37 billion active parameters, less embedding and head; latent projections stand on every rank.
    const tokens = EXAMPLE_PLAN.workload.inputTokens;
    expect(flop / (2 * tokens)).toBeGreaterThan(34e9);
    expect(flop / (2 * tokens)).toBeLessThan(43e9);
  });

  it("experts at 64 users read far below the ridge, a long prompt's attention stands above it", async () => {
    const { roofs, decode } = await of(EXAMPLE_PLAN);
    const ridge = roofs[0]!.peaks[0]!.flopPerMs / roofs[0]!.bytesPerMs;
    const experts = named(decode.operators, "routed-experts");
    expect(experts.flop / experts.bytes).toBeLessThan(ridge / 50);
    const long = { ...EXAMPLE_PLAN, workload: { ...EXAMPLE_PLAN.workload, inputTokens: 16_384 } };
    const attention = named((await of(long)).prefill.operators, "attention-core");
    expect(attention.flop / attention.bytes).toBeGreaterThan(ridge);
  });

  it("what is not under a roof is the rest of the step", async () => {
    const { decode } = await of(EXAMPLE_PLAN);
    const inside = decode.operators.reduce((sum, { ms }) => sum + ms, 0);
    expect(inside + decode.otherMs).toBeCloseTo(decode.totalMs, 9);
    expect(decode.otherMs).toBeGreaterThan(0);
  });
});

it("a machine without accelerators stands under its host's roof", async () => {
  const { cluster, layout } = EXAMPLE_PLAN;
  const { accelerator: _none, ...machine } = cluster;
  const { roofs, decode } = await of({
    ...EXAMPLE_PLAN,
    engine: "llama.cpp",
    weights: "gguf:Q4_K_M",
    kvCache: "f16",
    cluster: { ...machine, acceleratorsPerNode: 0, host: "epyc-9005-2s", hostMemoryGiB: 768 },
    layout: { ...layout, tp: 1, experts: "cpu" },
    workload: { ...EXAMPLE_PLAN.workload, concurrency: 1 },
  });
  expect(roofs.map(({ place }) => place)).toEqual(["host"]);
  const experts = named(decode.operators, "routed-experts");
  // 8 of 256 experts in 58 layers of a 377 GiB file.
  expect(experts.bytes / 1e9).toBeGreaterThan(10);
  expect(experts.bytes / 1e9).toBeLessThan(14);
});
