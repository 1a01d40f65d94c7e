/**
 * The simulated service beside measured 99th percentiles that no fit has (planner-data/measurements/percentiles.json).
 * Each benchmark is played as it ran: from an idle server, every request counted.
 */
import { beforeAll, describe, expect, test } from "vitest";
import measured from "../../../planner-data/measurements/percentiles.json" with { type: "json" };
import { catalog, loadOpTables } from "../../planner-data.ts";
import { EXAMPLE_PLAN } from "../domain/parse-plan.ts";
import type { Plan } from "../domain/plan.ts";
import type { SimulationResult, ValueDistribution } from "../domain/simulation.ts";
import { quantile } from "../evidence/statistics.ts";
import type { StepModelFacts } from "../model/serving/step-models.ts";
import { simulate } from "../workload/simulate.ts";
import { planService } from "./service-facts.ts";

type Run = (typeof measured.runs)[number];

const [SHORTEST = 1, LONGEST = 1] = measured.load.lengthSpread;
const MEAN_LENGTH = (SHORTEST + LONGEST) / 2;
const PROMPTS_PER_CLIENT = 10;

let facts: StepModelFacts = { catalog, opTables: null };
const played = new Map<Run, SimulationResult>();

const upTo = (tokens: number): ValueDistribution => ({
  kind: "uniform",
  low: SHORTEST * tokens,
  high: LONGEST * tokens,
});

function planOf(run: Run): Plan {
  return {
    ...EXAMPLE_PLAN,
    engine: "sglang",
    weights: "fp8",
    kvCache: "bf16",
    speculative: "off",
    cluster: { ...EXAMPLE_PLAN.cluster, accelerator: "h200-sxm", nodes: 1, acceleratorsPerNode: 8 },
    layout: { ...EXAMPLE_PLAN.layout, tp: 8, dpAttention: 1, ep: 1, replicas: 1 },
    options: {
      schedulerInterval: 1,
      chunkedPrefill: measured.service.chunkedPrefill,
      memFraction: measured.service.memFraction,
    },
    workload: {
      inputTokens: MEAN_LENGTH * run.inputTokens,
      outputTokens: MEAN_LENGTH * run.outputTokens,
      concurrency: run.clients,
      prefixHitRate: 0,
    },
  };
}

function play(run: Run): SimulationResult {
  const service = planService(planOf(run), facts);
  if (!service.ok) throw new Error(`${service.error.path}: ${service.error.problem}`);
  const result = simulate(
    {
      seed: 1,
      requests: PROMPTS_PER_CLIENT * run.clients,
      warmupRequests: 0,
      service: service.value.service,
      workload: {
        arrivals: { kind: "closed-loop", clients: run.clients },
        lengths: {
          kind: "independent",
          inputTokens: upTo(run.inputTokens),
          outputTokens: upTo(run.outputTokens),
        },
        prefix: { kind: "none" },
      },
    },
    service.value.models,
  );
  if (!result.ok) throw new Error(`${result.error.path}: ${result.error.problem}`);
  return result.value;
}

beforeAll(async () => {
  facts = { catalog, opTables: await loadOpTables("h200-sxm") };
  for (const run of measured.runs) played.set(run, play(run));
});

const of = (run: Run, what: "ttftMs" | "tpotMs") => {
  const summary = played.get(run)?.[what];
  if (summary === null || summary === undefined) throw new Error("nothing was played");
  return summary;
};
const off = (run: Run, statistic: "mean" | "p99") =>
  Math.abs(of(run, "tpotMs")[statistic] / run.tpotMs[statistic] - 1);
const median = (values: readonly number[]) =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );

describe("a benchmark of SGLang on 8 x H200, played", () => {
  test.each(measured.runs)("$inputTokens/$outputTokens at $clients: TPOT's p99 within 15 %", (run) => {
    expect(off(run, "p99")).toBeLessThan(0.15);
  });

  test("the median error of TPOT is at most 10 %, of the mean and of the 99th percentile", () => {
    expect(median(measured.runs.map((run) => off(run, "mean")))).toBeLessThan(0.1);
    expect(median(measured.runs.map((run) => off(run, "p99")))).toBeLessThan(0.1);
  });

  // The slowest hundredth of each run are requests of its first burst, which a server that has served nothing
  // yet answers 0.6 to 1.5 s later than one that has: kernels are chosen and loaded at first use.
  test("TTFT's p99 is the first burst's: later than a warm server's by what first use takes", () => {
    for (const run of measured.runs) {
      const late = run.ttftMs.p99 - of(run, "ttftMs").p99;
      expect(late).toBeGreaterThan(0);
      expect(late).toBeLessThan(2000);
    }
  });

  test("TTFT's mean within 35 %, though a tenth of the requests met a cold server", () => {
    for (const run of measured.runs) {
      expect(Math.abs(of(run, "ttftMs").mean / run.ttftMs.mean - 1)).toBeLessThan(0.35);
    }
  });
});
