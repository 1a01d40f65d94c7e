/** The simulation beside the analytic serving model and beside measurements. docs/simulation.md has the figures. */
import { describe, expect, it } from "vitest";
import { EXAMPLE_PLAN } from "../domain/parse-plan.ts";
import type { Plan } from "../domain/plan.ts";
import { loadMeasurements } from "../../planner-data.ts";
import { compareWithAnalytic, simulateBenchmark } from "./testing/example-service.ts";

const at = (concurrency: number, change: Partial<Plan> = {}): Plan => ({
  ...EXAMPLE_PLAN,
  ...change,
  workload: { ...(change.workload ?? EXAMPLE_PLAN.workload), concurrency },
});

const within = (ratio: number, share: number) => {
  expect(ratio).toBeGreaterThan(1 - share);
  expect(ratio).toBeLessThan(1 + share);
};

const { layout, workload } = EXAMPLE_PLAN;
const PLANS: readonly (readonly [string, Partial<Plan>])[] = [
  ["attention over all ranks", {}],
  ["a look at the line every ten steps", { options: { schedulerInterval: 10 } }],
  ["three drafts", { speculative: "mtp3" }],
  ["prompts as long as the token budget", { workload: { ...workload, inputTokens: 8192 } }],
  ["prompts that ride in decode steps", { engine: "vllm" }],
  // 2048 tokens for each of the ranks that SGLang shares its chunk out to
  [
    "data-parallel attention",
    { layout: { ...layout, dpAttention: 8, ep: 8 }, options: { chunkedPrefill: 16_384 } },
  ],
  ["prompts gathered on one rank", { engine: "tensorrt-llm", options: { schedulerInterval: 40 } }],
  [
    "prompts gathered until each attention rank has one",
    {
      engine: "tensorrt-llm",
      layout: { ...layout, dpAttention: 8, ep: 8 },
      options: { schedulerInterval: 60 },
    },
  ],
];

/** Of TTFT: prompts about as long as a rank's chunk take a second pass or not, which the mean length does not tell. */
const tolerance = (name: string) =>
  name.startsWith("prompts as long") ? 0.2 : name.startsWith("data-parallel") ? 0.12 : 0.05;

describe("eight H200, as the analytic model has them", () => {
  it.each(PLANS)("agrees within 5 %% on throughput and TPOT: %s", async (name, change) => {
    for (const clients of [1, 16, 64, 256]) {
      const { throughput, tpot, ttft } = await compareWithAnalytic(at(clients, change), { spread: 0.2 });
      within(throughput, 0.05);
      within(tpot, 0.05);
      within(ttft, tolerance(name));
    }
  });

  it.each([16, 64, 256])("agrees where lengths spread more, at %i", async (clients) => {
    const { throughput, tpot } = await compareWithAnalytic(at(clients), { spread: 0.5 });
    within(throughput, 0.05);
    within(tpot, 0.05);
  });

  it.each([16, 64, 256])(
    "agrees where prefill and decode have instances of their own, at %i",
    async (clients) => {
      const decode = { gpus: 8, tp: 8, pp: 1, dpAttention: 1, ep: 1 };
      // attention over all ranks and in eight by turns
      const prefill = clients === 64 ? { ...decode, dpAttention: 8, ep: 8 } : decode;
      const plan = at(clients, {
        cluster: { ...EXAMPLE_PLAN.cluster, nodes: 2 },
        layout: { ...layout, disaggregated: { prefill, decode, prefillReplicas: 1, decodeReplicas: 1 } },
        options: { chunkedPrefill: 16_384 },
      });
      const { throughput, tpot, ttft } = await compareWithAnalytic(plan, { spread: 0.2 });
      within(throughput, 0.005);
      within(tpot, 0.005);
      within(ttft, 0.03);
    },
  );

  it.each([16, 64])("tells how latencies spread, at %i", async (clients) => {
    const { simulated, percentiles } = await compareWithAnalytic(at(clients), { spread: 0.2 });
    const { ttftMs, tpotMs } = simulated;
    if (ttftMs === null || tpotMs === null) throw new Error("nothing was measured");
    within(ttftMs.p50 / percentiles.ttftMs.p50, 0.15);
    within(ttftMs.p90 / percentiles.ttftMs.p90, 0.15);
    within(ttftMs.p99 / percentiles.ttftMs.p99, 0.3);
    within(tpotMs.p50 / percentiles.tpotMs.p50, 0.05);
    within(tpotMs.p90 / percentiles.tpotMs.p90, 0.05);
    within(tpotMs.p99 / percentiles.tpotMs.p99, 0.1);
  });
});

describe("eight H200, as they were measured", () => {
  it("with the benchmark's own first wave, errors in the median: TPOT 6 %, TTFT 15 %", async () => {
    const records = (await loadMeasurements()).filter((r) => r.id.startsWith("dsr1_h200_sglang_fp8_agg_"));
    expect(records.length).toBe(10);
    const errors = { ttft: [] as number[], tpot: [] as number[] };
    for (const record of records) {
      const { workload } = record.plan as { workload: Plan["workload"] };
      const { lengthSpread, prompts } = record.runtime as { lengthSpread: [number, number]; prompts: number };
      const { ttftMs, tpotMs } = record.measured as Record<"ttftMs" | "tpotMs", { mean: number }>;
      const options = { engineVersion: record.engineVersion };
      const plan = { ...EXAMPLE_PLAN, workload, options };
      const { simulated: result } = await simulateBenchmark(plan, lengthSpread, prompts);
      errors.ttft.push(Math.abs((result.ttftMs?.mean ?? Number.NaN) / ttftMs.mean - 1));
      errors.tpot.push(Math.abs((result.tpotMs?.mean ?? Number.NaN) / tpotMs.mean - 1));
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
    expect(median(errors.tpot)).toBeLessThan(0.06);
    expect(median(errors.ttft)).toBeLessThan(0.15);
  });
});
