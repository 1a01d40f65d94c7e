import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ServiceSetup, SimulationInput, TraceRequest } from "../domain/simulation.ts";
import { createSimulation, simulate } from "./simulate.ts";
import {
  aggregated,
  BASE,
  disaggregated,
  INSTANCE,
  PLAIN_MODEL,
  run,
  stepModelOf,
} from "./testing/setups.ts";

const MODELS = { prefill: PLAIN_MODEL, decode: PLAIN_MODEL };

function traced(requests: readonly TraceRequest[], service: ServiceSetup): SimulationInput {
  return {
    ...BASE,
    requests: requests.length,
    workload: { ...BASE.workload, arrivals: { kind: "trace", requests } },
    service,
  };
}

/** A prompt token takes 1 ms, a decode step 10 ms. */
const BY_HAND = stepModelOf(
  () => 10,
  (requests, tokens) => requests * tokens,
);

describe("by hand", () => {
  const two = [
    { atMs: 0, inputTokens: 100, outputTokens: 11 },
    { atMs: 125, inputTokens: 50, outputTokens: 6 },
  ];

  it("a prompt displaces decoding at the next step", () => {
    // First: prompt until 100, steps end at 110, 120, 130; the second's prompt until 180; both step on.
    // Second: first token 180, five steps, done 230. First: seven steps left at 180, done 250.
    const result = run(traced(two, aggregated()), BY_HAND);
    expect(result.ttftMs?.max).toBeCloseTo(100, 9);
    expect(result.ttftMs?.mean).toBeCloseTo((100 + 55) / 2, 9);
    expect(result.endToEndMs?.max).toBeCloseTo(250, 9);
    expect(result.endToEndMs?.mean).toBeCloseTo((250 + 105) / 2, 9);
    expect(result.tpotMs?.mean).toBeCloseTo((150 / 10 + 50 / 5) / 2, 9);
    expect(result.prefillShare).toBeCloseTo(150 / 250, 9);
    expect(result.simulated.outputTokens).toBeCloseTo(17, 9);
  });

  it("a mixed step carries both under its budget", () => {
    // From 130 passes take 20 prompt tokens less one decoding row: 19, 19, 12 tokens, each
    // 20 * (1 + 1/19) = 20, 20 and 12 * (1 + 1/12) = 13 ms; the second's first token at 183.
    const batching = { kind: "mixed", tokenBudget: 20 } as const;
    const late = [
      { atMs: 0, inputTokens: 20, outputTokens: 11 },
      { atMs: 25, inputTokens: 50, outputTokens: 1 },
    ];
    const result = run(traced(late, aggregated({}, { batching })), BY_HAND);
    // Prompt until 20, step until 30, then 20, 20 and 13 ms: 83. The first has six steps left: 143.
    expect(result.endToEndMs?.max).toBeCloseTo(143, 9);
    expect(result.endToEndMs?.mean).toBeCloseTo((143 + 58) / 2, 9);
  });

  it("the line is looked at every so many steps", () => {
    const result = run(traced(two, aggregated({ schedulerInterval: 4 })), BY_HAND);
    expect(result.endToEndMs?.mean).toBeCloseTo((250 + 115) / 2, 9);
  });

  it("a line longer than one pass is worked off without waiting for the next look", () => {
    // Looked at from 60 on, the fourth step: 120 prompt tokens in six passes of 19 and the row, 20 ms
    // each, and one of 6, which lasts a step: 190.
    const batching = { kind: "mixed", tokenBudget: 20 } as const;
    const late = { atMs: 25, inputTokens: 40, outputTokens: 1 };
    const requests = [{ atMs: 0, inputTokens: 20, outputTokens: 30 }, late, late, late];
    const result = run(traced(requests, aggregated({ schedulerInterval: 4 }, { batching })), BY_HAND);
    expect(result.ttftMs?.max).toBeCloseTo(165, 9);
  });

  it("a disaggregated prompt is handed over, and does not hold up decoding", () => {
    const service = disaggregated(
      {},
      { prefillInstances: 1, decodeInstances: 1, transferMs: 5, transferMsPerToken: 0.1 },
    );
    // First: 100 + 15 -> 115, ten steps: 215. Second: prompt until 175, there at 185, five steps: 235.
    const result = run(traced(two, service), BY_HAND);
    expect(result.ttftMs?.max).toBeCloseTo(115, 9);
    expect(result.endToEndMs?.max).toBeCloseTo(215, 9);
    expect(result.endToEndMs?.mean).toBeCloseTo((215 + 110) / 2, 9);
  });

  it("the latest is preempted when pages run out, and computes its cache again", () => {
    // 40 tokens of cache: 10 + 11 and 10 + 10 would be 41 when each has written ten or eleven tokens.
    const requests = [
      { atMs: 0, inputTokens: 10, outputTokens: 20 },
      { atMs: 0, inputTokens: 10, outputTokens: 20 },
    ];
    const result = run(traced(requests, aggregated({ kvTokens: 40 })), BY_HAND);
    expect(result.preemptions).toBe(1);
    expect(result.kv.peakShare).toBe(1);
    expect(result.simulated.outputTokens).toBeCloseTo(40, 9);
    // Prompts until 20; nine steps to 20 + 20 tokens at 110; the first goes on alone for ten steps: 210.
    // The second computes 20 tokens again, which writes its eleventh, and makes nine steps: 320.
    expect(result.endToEndMs?.mean).toBeCloseTo((210 + 320) / 2, 9);
  });

  it("setting the whole answer aside preempts nobody", () => {
    const requests = Array.from({ length: 12 }, () => ({ atMs: 0, inputTokens: 10, outputTokens: 20 }));
    const result = run(traced(requests, aggregated({ kvTokens: 65, outputReserve: 1 })), BY_HAND);
    expect(result.preemptions).toBe(0);
    expect(result.kv.peakShare).toBeLessThanOrEqual(60 / 65);
  });

  it("what never fits is refused and counted", () => {
    const requests = [
      { atMs: 0, inputTokens: 90, outputTokens: 11 },
      { atMs: 0, inputTokens: 90, outputTokens: 10 },
    ];
    const result = run(traced(requests, aggregated({ kvTokens: 100 })), BY_HAND);
    expect([result.refused, result.requests]).toEqual([1, 1]);
    const none = run(traced(requests.slice(0, 1), aggregated({ kvTokens: 100 })), BY_HAND);
    expect(none.ttftMs).toBeNull();
  });
});

describe("prefix reuse", () => {
  const grouped = (prefixTokens: number, groups: number): readonly TraceRequest[] =>
    Array.from({ length: 8 }, (_, i) => ({
      atMs: i * 1000,
      inputTokens: 100,
      outputTokens: 2,
      prefixGroup: i % groups,
      prefixTokens,
    }));

  it("computes a shared prefix once, in whole blocks", () => {
    const result = run(traced(grouped(70, 1), aggregated({ kvTokens: 1600, pageTokens: 16 })), BY_HAND);
    expect(result.ttftMs?.max).toBeCloseTo(100, 9);
    expect(result.ttftMs?.p50).toBeCloseTo(36, 9);
    expect(result.prefixHitShare).toBeCloseTo((7 * 64) / 800, 9);
  });

  it("evicts the oldest blocks when others need the pages", () => {
    const roomy = run(traced(grouped(80, 2), aggregated({ kvTokens: 400, pageTokens: 10 })), BY_HAND);
    const tight = run(traced(grouped(80, 2), aggregated({ kvTokens: 120, pageTokens: 10 })), BY_HAND);
    expect(roomy.prefixHitShare).toBeCloseTo((6 * 80) / 800, 9);
    expect(tight.prefixHitShare).toBeLessThan(0.2);
    expect(tight.kv.peakShare).toBeLessThanOrEqual(1);
  });

  it("never finds a whole prompt", () => {
    const result = run(traced(grouped(100, 1), aggregated({ kvTokens: 1000, pageTokens: 10 })), BY_HAND);
    expect(result.ttftMs?.p50).toBeCloseTo(10, 9);
  });

  it("finds a stated share", () => {
    const input = traced([{ atMs: 0, inputTokens: 100, outputTokens: 1 }], aggregated());
    const workload = { ...input.workload, prefix: { kind: "rate", share: 0.6 } } as const;
    expect(run({ ...input, workload }, BY_HAND).ttftMs?.mean).toBeCloseTo(40, 9);
  });

  it("hits more with fewer groups", () => {
    const of = (groups: number) => {
      const prefixTokens = { kind: "fixed", value: 300 } as const;
      const prefix = { kind: "shared", groups, prefixTokens, skew: 1 } as const;
      return run({
        ...BASE,
        workload: { ...BASE.workload, prefix },
        service: aggregated({ kvTokens: 40_000, pageTokens: 16 }),
      });
    };
    const shares = [2000, 200, 4].map((groups) => of(groups).prefixHitShare);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
    expect(shares[2]).toBeGreaterThan(0.2);
  });
});

describe("repeatable", () => {
  it("gives the same result for the same seed, in one go or in portions", () => {
    const whole = run(BASE);
    expect(run(BASE)).toEqual(whole);
    expect(run({ ...BASE, seed: 2 }).ttftMs).not.toEqual(whole.ttftMs);
    const made = createSimulation(BASE, MODELS);
    if (!made.ok) throw new Error(made.error.problem);
    expect(made.value.advance(100).done).toBe(false);
    expect(made.value.result()).toBeNull();
    let share = 0;
    for (let done = false; !done;) {
      const progress = made.value.advance(37);
      expect(progress.share).toBeGreaterThanOrEqual(share);
      ({ done, share } = progress);
    }
    expect(made.value.result()).toEqual(whole);
  });

  it("a longer run of the same seed begins with the same requests", () => {
    const arrivals = { kind: "poisson", requestsPerSecond: 2 } as const;
    const input = { ...BASE, warmupRequests: 0, workload: { ...BASE.workload, arrivals } };
    const short = run({ ...input, requests: 200 });
    const long = run({ ...input, requests: 400 });
    expect(long.inputTokensPerSecond).not.toBe(short.inputTokensPerSecond);
    expect(run({ ...input, requests: 200 }).window).toEqual(short.window);
  });
});

describe("a few requests", () => {
  it.each([1, 2, 5])("of %i measured give rates of a window that has a length", (requests) => {
    const result = run({ ...BASE, requests });
    expect(result.requests).toBe(requests);
    expect(result.window.endMs).toBeGreaterThan(result.window.startMs);
    expect(Number.isFinite(result.outputTokensPerSecond)).toBe(true);
    expect(result.ttftMs?.halfWidth).toBeNull();
  });

  it("after more warm-up than a trace has, its last one is measured", () => {
    const requests = [{ atMs: 0 }, { atMs: 10 }];
    expect(run({ ...traced(requests, aggregated()), warmupRequests: 9 }).requests).toBe(1);
  });
});

describe("the service level", () => {
  it("counts the requests that keep both limits", () => {
    const result = run({ ...BASE, slo: { ttftMs: 100, tpotMs: 16 } });
    const loose = run({ ...BASE, slo: { ttftMs: 1e9, tpotMs: 1e9 } });
    expect(loose.goodput?.share).toBe(1);
    expect(loose.goodput?.requestsPerSecond).toBe(loose.requestsPerSecond);
    expect(result.goodput?.share).toBeGreaterThan(0);
    expect(result.goodput?.share).toBeLessThan(1);
    expect(run(BASE).goodput).toBeNull();
  });
});

describe("attention ranks", () => {
  it("without a prompt make one step while another rank has one", () => {
    // As above until 130; the second's pass takes 50 * (1 + 1/50) ms with the first's row in it, until
    // 181, which is the first's fourth step. Second: five steps, 231. First: six more, 241.
    const requests = [
      { atMs: 0, inputTokens: 100, outputTokens: 11 },
      { atMs: 125, inputTokens: 50, outputTokens: 6 },
    ];
    const result = run(traced(requests, aggregated({ attentionRanks: 2 })), BY_HAND);
    expect(result.endToEndMs?.max).toBeCloseTo(241, 9);
    expect(result.endToEndMs?.mean).toBeCloseTo((241 + 106) / 2, 9);
  });

  it("by the largest rank take at least as long as by the mean", () => {
    const of = (rankStep: "largest" | "mean") =>
      run({ ...BASE, service: aggregated({ attentionRanks: 8, rankStep }) }).tpotMs?.mean ?? 0;
    expect(of("largest")).toBeGreaterThan(of("mean"));
  });
});

const arbitrary = fc.record({
  seed: fc.integer(),
  clients: fc.integer({ min: 1, max: 40 }),
  policy: fc.constantFrom("prefill-first", "mixed", "disaggregated"),
  ranks: fc.constantFrom(1, 1, 2, 4),
  pageTokens: fc.constantFrom(1, 16, 64),
  cache: fc.integer({ min: 400, max: 4000 }),
  outputReserve: fc.constantFrom(0, 0.3, 1),
  drafts: fc.constantFrom(0, 0, 1, 3),
  budget: fc.integer({ min: 50, max: 1000 }),
  interval: fc.integer({ min: 1, max: 12 }),
  replicas: fc.integer({ min: 1, max: 3 }),
  groups: fc.integer({ min: 0, max: 5 }),
  together: fc.boolean(),
});
type Drawn = typeof arbitrary extends fc.Arbitrary<infer T> ? T : never;

function inputOf(d: Drawn, requests: readonly TraceRequest[] | null): SimulationInput {
  const instance = {
    ...INSTANCE,
    attentionRanks: d.ranks,
    maxRunningRequests: 16,
    pageTokens: d.pageTokens,
    kvTokens: d.cache * d.ranks,
    outputReserve: d.outputReserve,
    schedulerInterval: d.interval,
    draftTokens: d.drafts,
    tokensPerStep: 1 + d.drafts * 0.6,
  };
  const tokenBudget = Math.max(d.budget, 16 * 4 + 1);
  const service: ServiceSetup =
    d.policy === "disaggregated"
      ? disaggregated(instance, { prefillInstances: d.replicas, prefillTokenBudget: tokenBudget })
      : aggregated(instance, { replicas: d.replicas, batching: { kind: d.policy, tokenBudget } });
  return {
    seed: d.seed,
    requests: requests?.length ?? 60,
    workload: {
      arrivals: requests === null ? { kind: "closed-loop", clients: d.clients } : { kind: "trace", requests },
      lengths: {
        kind: "independent",
        inputTokens: { kind: "lognormal", mean: 150, coefficientOfVariation: 0.8, max: 250 },
        outputTokens: { kind: "gamma", mean: 60, coefficientOfVariation: 1, max: 100 },
      },
      prefix:
        d.groups === 0
          ? { kind: "none" }
          : { kind: "shared", groups: d.groups, prefixTokens: { kind: "fixed", value: 90 }, skew: 1 },
    },
    service,
  };
}

describe("any service", () => {
  it("writes every token once and never overfills its cache", () => {
    fc.assert(
      fc.property(arbitrary, (d) => {
        const requests = Array.from({ length: 50 }, (_, i) => ({
          atMs: d.together ? 0 : i * 40,
          inputTokens: 20 + ((i * 37) % 200),
          outputTokens: 1 + ((i * 53) % 90),
        }));
        const result = run(inputOf(d, requests));
        expect(result.requests).toBe(50);
        const asked = requests.reduce((sum, r) => sum + r.outputTokens, 0);
        expect(result.simulated.outputTokens / asked).toBeCloseTo(1, 9);
        expect(result.kv.peakShare).toBeLessThanOrEqual(1);
        expect(result.kv.meanShare).toBeLessThanOrEqual(1 + 1e-9);
        if (d.outputReserve === 1) expect(result.preemptions).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it("keeps a closed loop's clients, orders its quantiles and fills its timeline", () => {
    fc.assert(
      fc.property(arbitrary, (d) => {
        const result = run(inputOf(d, null));
        expect(result.inFlight).toBeCloseTo(d.clients, 6);
        expect(result.kv.peakShare).toBeLessThanOrEqual(1);
        for (const s of [result.ttftMs, result.endToEndMs, result.waitMs]) {
          if (s === null) throw new Error("nothing was served");
          const order = [0, s.p50, s.p90, s.p95, s.p99, s.max];
          expect([...order].sort((a, b) => a - b)).toEqual(order);
        }
        const { timeline, simulated } = result;
        const { bucketMs, outputTokensPerSecond } = timeline;
        const last = simulated.ms - (outputTokensPerSecond.length - 1) * bucketMs;
        const drawn = outputTokensPerSecond.reduce(
          (sum, rate, i) => sum + (rate * (i === outputTokensPerSecond.length - 1 ? last : bucketMs)) / 1e3,
          0,
        );
        expect(drawn / simulated.outputTokens).toBeCloseTo(1, 6);
        expect(outputTokensPerSecond.length).toBeLessThanOrEqual(120);
      }),
      { numRuns: 100 },
    );
  });

  it("answers equal inputs equally", () => {
    fc.assert(
      fc.property(arbitrary, (d) => {
        expect(run(inputOf(d, null))).toEqual(run(inputOf(d, null)));
      }),
      { numRuns: 30 },
    );
  });
});

describe("refused", () => {
  const workload = (change: object) =>
    ({ ...BASE, workload: { ...BASE.workload, ...change } }) as SimulationInput;
  const instance = (change: object) => ({ ...BASE, service: aggregated(change) });
  it.each<[string, SimulationInput]>([
    ["seed", { ...BASE, seed: Number.NaN }],
    ["requests", { ...BASE, requests: 0 }],
    ["requests", { ...BASE, requests: 1.5 }],
    ["requests", { ...BASE, requests: Number.POSITIVE_INFINITY }],
    ["warmupRequests", { ...BASE, warmupRequests: -1 }],
    ["buckets", { ...BASE, buckets: 1 }],
    ["slo.ttftMs", { ...BASE, slo: { ttftMs: -5 } }],
    ["workload.arrivals.clients", workload({ arrivals: { kind: "closed-loop", clients: 0 } })],
    [
      "workload.arrivals.requestsPerSecond",
      workload({ arrivals: { kind: "poisson", requestsPerSecond: 0 } }),
    ],
    [
      "workload.arrivals.requestsPerSecond",
      workload({ arrivals: { kind: "poisson", requestsPerSecond: Number.NaN } }),
    ],
    [
      "workload.arrivals.coefficientOfVariation",
      workload({ arrivals: { kind: "gamma", requestsPerSecond: 1, coefficientOfVariation: -1 } }),
    ],
    ["workload.arrivals.requests", workload({ arrivals: { kind: "trace", requests: [] } })],
    [
      "workload.arrivals.requests[1].atMs",
      workload({ arrivals: { kind: "trace", requests: [{ atMs: 5 }, { atMs: 4 }] } }),
    ],
    [
      "workload.arrivals.requests[0].outputTokens",
      workload({ arrivals: { kind: "trace", requests: [{ atMs: 0, outputTokens: 0 }] } }),
    ],
    ["workload.arrivals.kind", workload({ arrivals: { kind: "tide" } })],
    [
      "workload.lengths.inputTokens.value",
      workload({ lengths: { ...BASE.workload.lengths, inputTokens: { kind: "fixed", value: -1 } } }),
    ],
    [
      "workload.lengths.outputTokens",
      workload({
        lengths: { kind: "joint", inputTokens: { version: 1, values: Array(37).fill(5) }, outputTokens: [] },
      }),
    ],
    ["workload.prefix.share", workload({ prefix: { kind: "rate", share: 1.2 } })],
    [
      "workload.prefix.groups",
      workload({ prefix: { kind: "shared", groups: 0, skew: 1, prefixTokens: { kind: "fixed", value: 3 } } }),
    ],
    ["service.instance.kvTokens", instance({ kvTokens: 0 })],
    ["service.instance.maxRunningRequests", instance({ maxRunningRequests: 0 })],
    ["service.instance.pageTokens", instance({ pageTokens: 0 })],
    ["service.instance.tokensPerStep", instance({ tokensPerStep: 2 })],
    ["service.instance.outputReserve", instance({ outputReserve: Number.NaN })],
    ["service.replicas", { ...BASE, service: aggregated({}, { replicas: 0 }) }],
    ["service.requestMs", { ...BASE, service: aggregated({}, { requestMs: -1 }) }],
    ["service.transferMs", { ...BASE, service: disaggregated({}, { transferMs: Number.NaN }) }],
    ["service.kind", { ...BASE, service: { kind: "cloud" } as never }],
  ])("%s", (path, input) => {
    const result = simulate(input, MODELS);
    expect(result.ok ? "accepted" : result.error.path).toBe(path);
  });

  it("a step model that answers nonsense is a bug and throws", () => {
    const broken = stepModelOf(
      () => Number.NaN,
      () => 1,
    );
    expect(() => simulate(BASE, { prefill: broken, decode: broken })).toThrow(RangeError);
  });
});
