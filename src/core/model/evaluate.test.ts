import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { catalog, loadOpTables } from "../../planner-data.ts";
import type { PerformanceEstimate } from "../domain/estimate.ts";
import { EXAMPLE_PLAN } from "../domain/parse-plan.ts";
import type { Plan } from "../domain/plan.ts";
import type { Ranged } from "../domain/provenance.ts";
import { evaluate, type ModelFacts } from "./evaluate.ts";

let facts: ModelFacts = { catalog, opTables: null };
beforeAll(async () => {
  facts = { catalog, opTables: await loadOpTables("h200-sxm") };
});

const withLoad = (concurrency: number, inputTokens = 1024, outputTokens = 1024): Plan => ({
  ...EXAMPLE_PLAN,
  workload: { inputTokens, outputTokens, concurrency, prefixHitRate: 0 },
});

const LOCAL: Plan = {
  ...EXAMPLE_PLAN,
  engine: "ik_llama.cpp",
  weights: "gguf:Q4_K_M",
  cluster: {
    accelerator: "rtx-4090",
    acceleratorsPerNode: 1,
    nodes: 1,
    host: "epyc-9005-1s",
    hostMemoryGiB: 768,
  },
  layout: { ...EXAMPLE_PLAN.layout, tp: 1, experts: "cpu" },
  workload: { inputTokens: 2048, outputTokens: 512, concurrency: 1, prefixHitRate: 0 },
};
const CPU: Plan = {
  ...LOCAL,
  engine: "llama.cpp",
  cluster: { acceleratorsPerNode: 0, nodes: 1, host: "epyc-9005-1s", hostMemoryGiB: 768 },
};
const DISAGGREGATED: Plan = {
  ...EXAMPLE_PLAN,
  cluster: { accelerator: "h200-sxm", acceleratorsPerNode: 8, nodes: 3, fabric: "infiniband-400g" },
  layout: {
    ...EXAMPLE_PLAN.layout,
    disaggregated: {
      prefill: { gpus: 8, tp: 8, pp: 1, dpAttention: 1, ep: 1 },
      decode: { gpus: 8, tp: 8, pp: 1, dpAttention: 8, ep: 8 },
      prefillReplicas: 1,
      decodeReplicas: 2,
    },
  },
};

function speed(plan: Plan): PerformanceEstimate {
  const { performance } = evaluate(plan, facts);
  if (performance === null) throw new Error("no speed");
  return performance;
}

const bounds = (r: Ranged) => r.low <= r.value && r.value <= r.high && r.low > 0;

describe.each([
  ["one node of SGLang", EXAMPLE_PLAN],
  ["prefill and decode apart", DISAGGREGATED],
  ["experts in host memory", LOCAL],
  ["CPU only", CPU],
  [
    "requests at a rate",
    {
      ...EXAMPLE_PLAN,
      workload: { inputTokens: 1024, outputTokens: 256, requestsPerSecond: 2, prefixHitRate: 0 },
    },
  ],
  ["with drafts", { ...EXAMPLE_PLAN, speculative: "mtp3" }],
] as const)("%s", (_, plan) => {
  test("every number lies in its range", () => {
    const p = speed(plan);
    for (const value of Object.values(p)) {
      if (typeof value === "object" && "low" in value) expect(bounds(value as Ranged)).toBe(true);
    }
  });

  test("decode rows sum to the time per output token, prefill rows to the prefill pass", () => {
    const { steps, tpotMs } = speed(plan);
    const sum = (rows: readonly { ms: number }[]) => rows.reduce((total, row) => total + row.ms, 0);
    expect(sum(steps.decode.operators) / tpotMs.value).toBeCloseTo(1, 6);
    expect(steps.decode.totalMs).toBe(tpotMs.value);
    expect(sum(steps.prefill.operators) / steps.prefill.totalMs).toBeCloseTo(1, 6);
  });

  test("plain data, the same each time", () => {
    const once = evaluate(plan, facts);
    expect(structuredClone(once)).toEqual(once);
    expect(evaluate(plan, facts)).toEqual(once);
    expect(JSON.stringify(once)).not.toMatch(/null,"low"|NaN|Infinity/);
  });

  test("what limits it is the largest row", () => {
    const p = speed(plan);
    const largest = Math.max(...p.steps.decode.operators.map((row) => row.ms));
    expect(p.limitedBy.share).toBeCloseTo(largest / p.tpotMs.value, 9);
  });
});

describe("as physics has it", () => {
  const load = fc.integer({ min: 1, max: 250 });
  const tokens = fc.integer({ min: 64, max: 8192 });

  test("a longer prompt is never faster", () => {
    // few enough that memory holds them all: beyond it fewer run at once, and those run faster
    const held = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(held, tokens, tokens, (c, a, b) => {
        const [short, long] = [speed(withLoad(c, Math.min(a, b))), speed(withLoad(c, Math.max(a, b)))];
        expect(long.tpotMs.value).toBeGreaterThanOrEqual(short.tpotMs.value * (1 - 1e-6));
        expect(long.steps.prefill.totalMs).toBeGreaterThanOrEqual(short.steps.prefill.totalMs * (1 - 1e-6));
      }),
      { numRuns: 60 },
    );
  });

  test("more users never get fewer tokens in total while memory holds them", () => {
    fc.assert(
      fc.property(load, load, (a, b) => {
        const few = speed(withLoad(Math.min(a, b)));
        const many = speed(withLoad(Math.max(a, b)));
        expect(many.outputTokensPerSecond.value).toBeGreaterThanOrEqual(
          few.outputTokensPerSecond.value * 0.995,
        );
      }),
      { numRuns: 60 },
    );
  });

  test("users beyond what memory holds wait: a slower first token, not more tokens", () => {
    const limit = evaluate(EXAMPLE_PLAN, facts).memory?.concurrencyLimit ?? 0;
    const at = speed(withLoad(limit));
    const beyond = speed(withLoad(2 * limit));
    expect(beyond.ttftMs.value).toBeGreaterThan(5 * at.ttftMs.value);
    expect(beyond.outputTokensPerSecond.value / at.outputTokensPerSecond.value).toBeCloseTo(1, 1);
  });

  test("a prefix cache only helps", () => {
    const cold = speed(withLoad(64, 4096));
    const warm = speed({
      ...withLoad(64, 4096),
      workload: { ...withLoad(64, 4096).workload, prefixHitRate: 0.8 },
    });
    expect(warm.ttftMs.value).toBeLessThan(cold.ttftMs.value);
    expect(warm.tpotMs.value).toBeLessThan(cold.tpotMs.value);
  });

  test("two replicas serve two such loads at the same speed", () => {
    const one = speed(withLoad(64));
    const two = speed({
      ...withLoad(128),
      cluster: { ...EXAMPLE_PLAN.cluster, nodes: 2 },
      layout: { ...EXAMPLE_PLAN.layout, replicas: 2 },
    });
    expect(two.tpotMs.value).toBeCloseTo(one.tpotMs.value, 6);
    expect(two.outputTokensPerSecond.value).toBeCloseTo(2 * one.outputTokensPerSecond.value, 3);
  });

  test("a closed loop obeys Little's law", () => {
    const p = speed(withLoad(64));
    const inFlight = (p.outputTokensPerSecond.value / 1024 / 1e3) * (p.ttftMs.value + 1024 * p.tpotMs.value);
    expect(inFlight).toBeCloseTo(64, 1);
  });
});

describe("what cannot be told is said", () => {
  test("arrivals beyond capacity", () => {
    const plan: Plan = {
      ...EXAMPLE_PLAN,
      workload: { inputTokens: 8192, outputTokens: 1024, requestsPerSecond: 500, prefixHitRate: 0 },
    };
    expect(evaluate(plan, facts).notes.some((note) => note.path === "workload.requestsPerSecond")).toBe(true);
  });

  test("a host of unknown bandwidth: no speed, and why", () => {
    const { host: _host, ...cluster } = LOCAL.cluster;
    const { performance, notes } = evaluate({ ...LOCAL, cluster }, facts);
    expect(performance).toBeNull();
    expect(notes.some((note) => /bandwidth/.test(note.message))).toBe(true);
  });

  test("assumed acceptance of drafts is named", () => {
    const { notes } = evaluate({ ...EXAMPLE_PLAN, speculative: "mtp1" }, facts);
    expect(notes.some((note) => note.path === "options.acceptanceLength")).toBe(true);
  });
});
