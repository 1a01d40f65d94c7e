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
