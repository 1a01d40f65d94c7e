import { describe, expect, it } from "vitest";
import { EXAMPLE_PLAN, parsePlan } from "../../core/domain/parse-plan.ts";
import type { Plan } from "../../core/domain/plan.ts";
import { vocabularyOf } from "../../core/domain/plan-vocabulary.ts";
import { catalog } from "../../planner-data.ts";
import { directoryOf } from "../../../workers/directory.ts";
import { withCluster, withEngine, withWeights } from "./adapt-plan.ts";
import { choicesFor } from "./choices.ts";
import { describeLayout, describeNouns, NOUNS } from "./describe-plan.ts";
import { namesOf } from "./directory-names.ts";
import { faultyNouns } from "./faulty-nouns.ts";
import { FIELD_GROUPS, readField, writeField, type Field } from "./fields.ts";
import { PRESETS } from "./presets.ts";

const directory = directoryOf(catalog);
const vocabulary = vocabularyOf(catalog);
const names = namesOf(directory);
const parse = (input: unknown) => parsePlan(input, vocabulary);
const example = EXAMPLE_PLAN;
const field = (path: string): Field => {
  const found = FIELD_GROUPS.flatMap(({ fields }) => fields).find((row) => row.path === path);
  if (!found) throw new Error(path);
  return found;
};

describe("the sentence", () => {
  it("says the example as people say it", () => {
    expect(Object.values(describeNouns(example, names))).toEqual([
      "DeepSeek-V3-0324",
      "FP8",
      "SGLang",
      "1 node",
      "8 × H200",
      "TP 8",
      "64 users",
      "1K",
      "1K",
    ]);
  });

  it("has the same words before the directory has come: nothing jumps", () => {
    expect(describeNouns(example, namesOf(null))).toEqual(describeNouns(example, names));
  });

  it("names layouts", () => {
    const layout = (part: Partial<Plan["layout"]>) => describeLayout({ ...example.layout, ...part });
    expect(layout({ dpAttention: 8, ep: 8 })).toBe("DP attention 8, EP 8");
    expect(layout({ dpAttention: 2 })).toBe("DP attention 2, TP 4");
    expect(layout({ tp: 4, pp: 2 })).toBe("TP 4, PP 2");
    expect(layout({ tp: 4, replicas: 2 })).toBe("2 replicas of TP 4");
    expect(layout({ tp: 1, pp: 8 })).toBe("layers over 8");
    expect(layout({ tp: 1, experts: "cpu" })).toBe("experts on CPU");
  });
});

describe("adapting a plan", () => {
  it("spreads TP over more nodes and keeps full DP attention full", () => {
    expect(withCluster(example, { nodes: 2 }).layout).toMatchObject({ tp: 16, pp: 1, dpAttention: 1 });
    const dp = { ...example, layout: { ...example.layout, dpAttention: 8, ep: 8 } };
    expect(withCluster(dp, { nodes: 2 }).layout).toMatchObject({ tp: 16, dpAttention: 16, ep: 16 });
  });

  it("gives stages where heads do not divide", () => {
    expect(withCluster(example, { nodes: 3 }).layout).toMatchObject({ tp: 8, pp: 3 });
  });

  it("brings weights that the engine loads, and an engine that loads the weights", () => {
    const llama = withEngine(example, "llama.cpp", directory);
    expect(llama).toMatchObject({ weights: "gguf:Q4_K_M", layout: { tp: 1, pp: 8 } });
    expect(withWeights(example, "gguf:Q8_0", directory)).toMatchObject({
      engine: "llama.cpp",
      weights: "gguf:Q8_0",
    });
    expect(withWeights(example, "bf16", directory)).toMatchObject({ engine: "sglang", weights: "bf16" });
  });
});

describe("choices", () => {
  it.each(NOUNS)("of %s are plans that parse, with the plan's own marked once", (noun) => {
    const { rows } = choicesFor(noun, example, directory, names);
    expect(rows.length).toBeGreaterThan(3);
    expect(rows.filter(({ current }) => current)).toHaveLength(1);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
    for (const { plan, label } of rows) expect([label, parse(plan).ok]).toEqual([label, true]);
  });

  it("put a typed number into the plan", () => {
    const { amount } = choicesFor("users", example, directory, names);
    expect(amount?.put(1500).workload.concurrency).toBe(1500);
  });
});

describe("presets", () => {
  it.each(PRESETS.map((preset) => [preset.name, preset.plan] as const))("%s parses", (_, plan) => {
    expect(parse(plan)).toMatchObject({ ok: true });
  });
});

describe("all fields", () => {
  it("read and write back without changing the plan", () => {
    for (const { fields } of FIELD_GROUPS) {
      for (const row of fields) {
        const text = readField(example, row);
        if (text !== "")
          expect([row.path, parse(writeField(example, row, text))]).toEqual([
            row.path,
            { ok: true, value: example },
          ]);
      }
    }
  });

  it("take numbers as people type them and leave judgement to the parser", () => {
    expect(writeField(example, field("workload.inputTokens"), "1.5K")).toMatchObject({
      workload: { inputTokens: 1536 },
    });
    expect(writeField(example, field("cluster.hostMemoryGiB"), "2 TB")).toBeDefined();
    expect(writeField(example, field("layout.tp"), "lots")).toBeUndefined();
    expect(parse(writeField(example, field("layout.tp"), "-3"))).toMatchObject({
      ok: false,
      error: { path: "layout.tp" },
    });
  });

  it("clear a field by emptying it", () => {
    const fp8 = parse(writeField(example, field("kvCache"), "fp8"));
    if (!fp8.ok) throw new Error("fp8");
    expect(fp8.value.kvCache).toBe("fp8");
    expect(parse(writeField(fp8.value, field("kvCache"), ""))).toEqual({ ok: true, value: example });
  });

  it("write and clear what owning costs", () => {
    const dear = parse(writeField(example, field("price.own.usdPerKilowattHour"), "0.31"));
    if (!dear.ok) throw new Error("own");
    expect(dear.value.price).toEqual({ own: { usdPerKilowattHour: 0.31 } });
    const both = parse(writeField(dear.value, field("price.own.systemPriceShare"), "40 %"));
    if (!both.ok) throw new Error("own");
    expect(both.value.price?.own).toEqual({ usdPerKilowattHour: 0.31, systemPriceShare: 0.4 });
    expect(readField(both.value, field("price.own.systemPriceShare"))).toBe("40 %");
    expect(parse(writeField(dear.value, field("price.own.usdPerKilowattHour"), ""))).toEqual({
      ok: true,
      value: example,
    });
  });

  it("let requests a second take the place of users", () => {
    const open = parse(writeField(example, field("workload.requestsPerSecond"), "0.5"));
    expect(open).toMatchObject({ ok: true, value: { workload: { requestsPerSecond: 0.5 } } });
    expect(open.ok && open.value.workload.concurrency).toBeUndefined();
  });

  it("make a whole disaggregated layout of its first number", () => {
    expect(parse(writeField(example, field("layout.disaggregated.prefillReplicas"), "2"))).toMatchObject({
      ok: true,
      value: { layout: { disaggregated: { prefillReplicas: 2, decodeReplicas: 1 } } },
    });
  });
});

describe("faulty nouns", () => {
  const nearby = (...paths: string[]) => ({
    plan: example,
    spareBytes: 0,
    edits: paths.map((path) => ({ path, from: "", to: "" })),
  });

  it("are those whose change alone mends the plan", () => {
    const found = faultyNouns([
      nearby("cluster.accelerator"),
      nearby("cluster.nodes", "layout.tp"),
      nearby("weights", "engine"),
    ]);
    expect([...found].sort()).toEqual(["accelerators", "nodes"]);
  });
});
