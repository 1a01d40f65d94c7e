/** What a step's time needs of the catalog: a fact that is missing is named, never a zero. */
import { describe, expect, it } from "vitest";
import { catalog } from "../../../planner-data.ts";
import { evaluateFinetune } from "./evaluate-finetune.ts";
import { cluster, planOf } from "./testing/plan-of.ts";

const sharded = { base: "nf4", framework: "llamafactory", layout: { sharding: "full" } };
const answer = (written: object) => evaluateFinetune(planOf(written), { catalog });
const missing = (written: object) => {
  const { performance, notes } = answer(written);
  return { performance, paths: notes.flatMap(({ path }) => (path === undefined ? [] : [path])) };
};

describe("a link that the catalog does not know", () => {
  it("between the accelerators of a node is named", () => {
    const { performance, paths } = missing({ ...sharded, cluster: cluster("strix-halo-128", 1, 2) });
    expect(performance).toBeNull();
    expect(paths.join()).toContain("scaleUp or pcieOneWay of ");
  });

  it("to the host is named where parameters wait there, and only there", () => {
    const one = { ...sharded, cluster: cluster("dgx-spark", 1, 1) };
    const away = { ...one, layout: { ...sharded.layout, offload: "parameters" } };
    expect(missing(away)).toMatchObject({ performance: null });
    expect(missing(away).paths.join()).toContain("hostLinkOneWay or pcieOneWay of ");
    expect(answer(one).performance?.stepSeconds.value).toBeGreaterThan(0);
  });

  it("is not asked of machines with one GPU each: their network carries everything", () => {
    const { performance } = answer({ ...sharded, cluster: cluster("dgx-spark", 4, 1) });
    const parts = performance?.parts ?? [];
    expect(parts.map(({ name }) => name)).toContain("Gathering layers");
    for (const { name, seconds } of parts) expect(seconds, name).toBeGreaterThan(0);
    expect(performance?.stepSeconds.value).toBeGreaterThan(0);
  });

  it("carries no exchange of experts inside nodes that have one GPU each", () => {
    const { performance } = answer({ framework: "ms-swift", cluster: cluster("dgx-spark", 8, 1) });
    const exchange = performance?.parts.find(({ name }) => name === "All-to-all")?.seconds;
    expect(exchange).toBeGreaterThan(0);
  });
});

it("a rank of unified memory has what the GPU may wire, not what is installed", () => {
  const { memory } = answer({ ...sharded, cluster: cluster("strix-halo-128", 1, 1) });
  expect(memory?.ranks[0]?.capacity).toBe(103_079_215_104);
});

describe("what follows from a step", () => {
  const one = { framework: "ms-swift", cluster: cluster("h200-sxm", 4) };
  const hours = (written: object) => {
    const { schedule, performance } = answer({
      ...one,
      data: { tokens: 1e8, evaluationTokens: 1e8, evaluations: 1 },
      ...written,
    });
    const evaluate = schedule.find(({ name }) => name.startsWith("Evaluate"))?.hours;
    const tokens = performance?.tokensPerSecond.value ?? NaN;
    return { share: (evaluate?.value ?? NaN) / (1e8 / tokens / 3600), basis: evaluate?.basis };
  };

  it.each([
    ["adapters, all recomputed", { training: { recompute: "full" } }, 1 / 3],
    ["adapters, nothing recomputed", { training: { recompute: "none" } }, 1 / 2],
    [
      "every weight, all recomputed",
      { method: "full", cluster: cluster("b300-sxm", 16), training: { recompute: "full" } },
      1 / 4,
    ],
  ])("held-out tokens cost the forward share of training's: %s", (_, written, share) => {
    expect(hours(written).share).toBeCloseTo(share, 9);
    expect(hours(written).basis).toBe("extrapolated");
  });

  it("an update with 8-bit moments moves 16 bytes a weight instead of 28", () => {
    const update = (optimizer: string) =>
      answer({ ...one, training: { optimizer } }).performance?.parts.find(({ name }) => name === "Optimizer")
        ?.seconds ?? NaN;
    expect(update("adamw-8bit") / update("adamw")).toBeCloseTo(16 / 28, 9);
  });

  it("an optimizer on a host that nobody named has no speed, and says why", () => {
    const away = {
      ...one,
      method: "full",
      cluster: cluster("b300-sxm", 16),
      layout: { offload: "optimizer" },
    };
    expect(answer(away).performance).toBeNull();
    expect(answer(away).notes.map(({ path }) => path)).toContain("cluster.host");
  });
});
