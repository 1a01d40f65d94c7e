import { describe, expect, it } from "vitest";
import type { CostEstimate, CostLine } from "../../core/domain/estimate.ts";
import { layoutOf, memoryOf, operatorOf, rankOf, ranksOf, stepOf } from "../fixture.ts";
import { costFinding } from "./cost-finding.ts";
import { fitMapFinding } from "./fit-map-finding.ts";
import { ladderFinding, nearbyFinding } from "./ladder-finding.ts";
import { memoryFinding } from "./memory-finding.ts";
import { timeFinding } from "./time-finding.ts";
import { shareWords, times } from "./words.ts";

describe("memoryFinding", () => {
  const memory = memoryOf(ranksOf(8));

  it("says that TP copies the cache", () => {
    expect(memoryFinding(memory, layoutOf())).toBe(
      "All eight GPUs hold the same cache: 640,000 tokens, not 8× as many.",
    );
  });

  it("says that DP attention does not", () => {
    expect(memoryFinding(memory, layoutOf({ dpAttention: 8 }))).toBe(
      "Eight GPUs hold eight different caches: 640,000 tokens, 5× what the workload needs.",
    );
  });

  it("tells copies within DP groups and stages apart", () => {
    expect(memoryFinding(memory, layoutOf({ dpAttention: 2 }))).toContain(
      "Two different caches, four copies of each",
    );
    expect(memoryFinding(memory, layoutOf({ tp: 4, pp: 2 }))).toContain("Four GPUs of each stage");
    expect(memoryFinding(memory, layoutOf({ tp: 1, pp: 8 }))).toContain("only its own layers");
  });

  it("says by how much weights overflow, or what they leave", () => {
    expect(memoryFinding(memoryOf(ranksOf(8, { spare: -30 })), layoutOf())).toContain(
      "Weights alone run 10.0 GiB past",
    );
    expect(memoryFinding(memoryOf(ranksOf(8, { spare: -5 })), layoutOf())).toBe(
      "Weights leave 15.0 GiB; runtime and cache need 20.0, 5.0 too many.",
    );
  });

  it("looks at the decode side of a disaggregated plan", () => {
    const side = { gpus: 8, tp: 8, pp: 1, dpAttention: 8, ep: 8 };
    const disaggregated = { prefill: side, decode: side, prefillReplicas: 1, decodeReplicas: 1 };
    expect(memoryFinding(memory, layoutOf({ disaggregated }))).toBe(
      "A decode instance holds eight different caches: 640,000 tokens, 5× what the workload needs.",
    );
  });

  it("names host memory where the experts are", () => {
    const host = rankOf("Host", { weights: 367, kvCache: 0, kvCacheNeeded: 0, capacity: 768 });
    const gpu = {
      ...rankOf("GPU 0", { weights: 9 }),
      weightsByGroup: { routedExperts: 0, other: 9 * 1024 ** 3 },
    };
    expect(memoryFinding(memoryOf([gpu, host]), layoutOf({ tp: 1, experts: "cpu" }))).toBe(
      "All routed experts, 367 GiB, live in host memory; a GPU holds 9.0 GiB of the rest.",
    );
  });
});

describe("timeFinding", () => {
  it("names the largest operator, its distance from the limit, and the rest's", () => {
    const step = stepOf([
      operatorOf({ ms: 15, limitMs: 12.5 }),
      operatorOf({ id: "all-reduce", ms: 15 - 1e-9, limitMs: 5 }),
    ]);
    expect(timeFinding(step)).toBe(
      "Half of every step reads expert weights, at 1.2× the physical limit; the rest runs at 3× its own.",
    );
  });

  it("gives host work no limit", () => {
    const step = stepOf([operatorOf({ id: "host", ms: 30 }), operatorOf({ ms: 10, limitMs: 8 })]);
    expect(timeFinding(step)).toBe(
      "Three quarters of every step waits on the host; the rest runs at 1.3× its physical limit.",
    );
  });

  it("says when nothing is known", () => {
    expect(timeFinding(stepOf([]))).toBe("Nothing is known of this step.");
  });
});

describe("costFinding", () => {
  const line = (kind: CostLine["kind"], usd: number): CostLine => ({
    label: kind,
    kind,
    usdPerMillionOutputTokens: usd,
    checked: "",
    source: "",
  });
  const costOf = (...lines: CostLine[]) => ({ lines }) as unknown as CostEstimate;

  it("compares the cheapest of one's own with the cheapest API", () => {
    expect(costFinding(costOf(line("rent", 4.6), line("own", 1.58), line("api", 2.26)))).toBe(
      "Owning at $1.58 beats the cheapest API, $2.26, if the cluster is kept full.",
    );
    expect(costFinding(costOf(line("rent", 1.25), line("api", 0.8)))).toBe(
      "Even renting at $1.25 costs 1.6× the cheapest API, $0.80.",
    );
  });

  it("says what is unknown", () => {
    expect(costFinding(costOf(line("api", 2)))).toBe(
      "No price is known for this hardware; an API asks $2.00.",
    );
  });
});

describe("other findings", () => {
  it("counts constraints", () => {
    expect(ladderFinding(3, 5, 1)).toBe(
      "Three constraints fail and one cause explains them; the other five hold.",
    );
    expect(ladderFinding(1, 1, 1)).toBe("One constraint fails; the other one holds.");
  });

  it("counts nearby plans", () => {
    expect(nearbyFinding(5, 1)).toBe("Five nearest plans that fit, the closest one change away.");
    expect(nearbyFinding(0, 0)).toBe("No plan within two changes fits.");
  });

  it("reads the fit map for this plan's weights and accelerator", () => {
    const columns = ["8 × H100", "8 × H200"];
    const rows = [
      { name: "FP8", spare: [-18, 42] },
      { name: "Q4_K_M", spare: [14, 75] },
    ];
    expect(fitMapFinding(columns, rows, 0, 0)).toBe(
      "With FP8, the smallest that fits is 8 × H200; with Q4_K_M, 8 × H100 is enough.",
    );
    expect(fitMapFinding(columns, [{ name: "BF16", spare: [null, -36] }], 0, 1)).toBe(
      "With BF16, nothing in this map fits.",
    );
  });

  it("speaks in plain fractions only where one is near", () => {
    expect([shareWords(0.51), shareWords(0.42), shareWords(0.66)]).toEqual(["Half", "42 %", "Two thirds"]);
    expect([times(8), times(1.18), times(12.4)]).toEqual(["8×", "1.2×", "12×"]);
  });
});
