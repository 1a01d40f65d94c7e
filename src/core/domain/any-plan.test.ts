import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { parseAnyPlan, parseAnyPlanText, type AnyPlan } from "./any-plan.ts";
import { dataParallelRanks } from "./finetune-plan.ts";
import { distillOf } from "./parse-distill-plan.ts";
import { finetuneOf } from "./parse-finetune-plan.ts";
import { EXAMPLE_PLAN } from "./parse-plan.ts";
import { formatProblem } from "./problem.ts";

const VOCABULARY = {
  models: new Set(["deepseek-v3-0324"]),
  weights: new Set(["fp8", "bf16", "gguf:Q4_K_M"]),
  engines: new Set(["sglang", "llama.cpp"]),
  accelerators: new Set(["h200-sxm", "h100-sxm"]),
  hosts: new Set(["xeon-5th-2s"]),
  fabrics: new Set<string>(),
};

const FINETUNE = {
  version: 1,
  goal: "finetune",
  model: "deepseek-v3-0324",
  cluster: { accelerator: "h100-sxm", acceleratorsPerNode: 8, nodes: 4 },
  data: { tokens: 40_000_000 },
};
const DISTILL = JSON.parse(JSON.stringify(distillOf(EXAMPLE_PLAN))) as Record<string, unknown>;

/** A copy with one field written at a dotted path; undefined removes it. */
function withField(plan: object, path: string, value: unknown): unknown {
  const copy = structuredClone(plan) as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let at = copy;
  for (const key of keys) at = (at[key] ??= {}) as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

const read = (input: unknown): AnyPlan => {
  const result = parseAnyPlan(input, VOCABULARY);
  if (!result.ok) throw new Error(formatProblem(result.error));
  return result.value;
};
const lineOf = (input: unknown): string => {
  const result = parseAnyPlan(input, VOCABULARY);
  if (result.ok) throw new Error("parsed");
  return formatProblem(result.error);
};

describe("a plan of any goal", () => {
  it("is read by the parser of its goal", () => {
    expect(read(EXAMPLE_PLAN)).toEqual(EXAMPLE_PLAN);
    expect(read(FINETUNE).goal).toBe("finetune");
    expect(read(DISTILL)).toEqual(DISTILL);
    expect(lineOf({ ...FINETUNE, goal: "pretrain" })).toContain('goal: expected one of "serve", "finetune"');
    expect(lineOf(withField(FINETUNE, "goal", undefined))).toContain("goal: required, and missing");
    expect(parseAnyPlanText("{", VOCABULARY).ok).toBe(false);
  });

  test.prop([fc.jsonValue({ maxDepth: 3 }), fc.constantFrom("serve", "finetune", "distill")])(
    "never throws, whatever the JSON",
    (value, goal) => {
      const written = typeof value === "object" && value !== null ? { ...value, version: 1, goal } : value;
      expect(parseAnyPlan(written, VOCABULARY).ok).toBe(false);
    },
  );
});

describe("a fine-tuning plan", () => {
  it("completes itself, and then parses to itself", () => {
    const plan = read(FINETUNE);
    if (plan.goal !== "finetune") throw new Error("another goal");
    expect(plan).toMatchObject({
      method: "lora",
      base: "bf16",
      framework: "ms-swift",
      layout: { ep: 8, pp: 4, sharding: "optimizer", experts: "gpu" },
      training: { sequenceTokens: 4096, globalBatch: 16, recompute: "full" },
      data: { tokens: 40_000_000, epochs: 1 },
    });
    expect(dataParallelRanks(plan)).toBe(8);
    expect(read(plan)).toEqual(plan);
  });

  it("starts from a serving plan's model and cluster, with a host where experts need one", () => {
    const plan = finetuneOf(EXAMPLE_PLAN);
    expect(plan.model).toBe(EXAMPLE_PLAN.model);
    expect(plan.cluster).toEqual({ ...EXAMPLE_PLAN.cluster, host: "xeon-5th-2s", hostMemoryGiB: 2048 });
    expect(read(plan)).toEqual(plan);
  });

  it("takes QLoRA for a base of four bits, and no adapters for full fine-tuning", () => {
    expect(read(withField(FINETUNE, "base", "nf4"))).toMatchObject({ method: "qlora" });
    const full = read(withField(FINETUNE, "method", "full"));
    expect(full).not.toHaveProperty("adapters");
    expect(full).toMatchObject({ base: "bf16", layout: { sharding: "full" } });
  });

  it.each([
    ["model", "deepseek-v3-0234", 'model: unknown id "deepseek-v3-0234"; did you mean "deepseek-v3-0324"?'],
    ["cluster.accelerator", undefined, "cluster.accelerator: required, and missing"],
    ["cluster.acceleratorsPerNode", 0, "cluster.acceleratorsPerNode: must be at least 1, got 0"],
    ["data.tokens", undefined, "data.tokens: required, and missing"],
    ["data.epochs", 0, "data.epochs: must be at least"],
    ["adapters", { ranks: {} }, "adapters.ranks: names no matrix to adapt"],
    ["adapters", { ranks: { w_q: 4 } }, "adapters.ranks.w_q: unknown field"],
    ["adapters", { ranks: { o: 0 } }, "adapters.ranks.o: must be at least 1, got 0"],
    ["adapters", { ranks: { o: 4 }, experts: [1] }, "adapters.experts: adapters.ranks.routed is missing"],
    ["adapters", { ranks: { routed: 4 }, experts: [1, 1] }, "adapters.experts: "],
    ["method", "dora", "method: expected"],
    ["method", "qlora2", "method: expected"],
    ["base", "fp4", "base: expected"],
    ["training.routerFrozen", true, "training.routerFrozen: the router is frozen unless"],
    ["result.weights", "gguf:Q9", "result.weights: unknown id"],
    ["framework", "unsloth", "framework: expected"],
    ["layout.tp", 1.5, "layout.tp: expected a whole number, got 1.5"],
  ])("names the field: %s = %s", (path, value, line) => {
    expect(lineOf(withField(FINETUNE, path, value))).toContain(line);
  });

  it("refuses a method over a base that it does not go with", () => {
    expect(lineOf({ ...FINETUNE, method: "qlora", base: "bf16" })).toContain('base: expected one of "nf4"');
    expect(lineOf({ ...FINETUNE, method: "full", adapters: { ranks: { o: 1 } } })).toContain(
      "adapters: full",
    );
    expect(lineOf({ ...FINETUNE, method: "full", result: { form: "adapter" } })).toContain("result.form");
  });
});

describe("a distillation plan", () => {
  it("has its teacher judged as a serving plan, under the teacher's path", () => {
    expect(lineOf(withField(DISTILL, "teacher.engine", "sglong"))).toContain(
      'teacher.engine: unknown id "sglong"; did you mean "sglang"?',
    );
    expect(lineOf(withField(DISTILL, "cluster.accelerator", undefined))).toContain("cluster.accelerator: ");
    expect(lineOf(withField(DISTILL, "job.acceptanceRate", 2))).toContain(
      "job.acceptanceRate: must be at most 1",
    );
    expect(lineOf(withField(DISTILL, "student.rank", 16))).toContain("student.rank: ");
  });

  it("keeps its price and its target", () => {
    const price = { usdPerAcceleratorHour: 2.5, own: { wattsPerAccelerator: 900 } };
    const plan = read({ ...DISTILL, price, target: "slurm" });
    expect(plan).toMatchObject({ price, target: "slurm" });
    expect(read(plan)).toEqual(plan);
    expect(lineOf(withField(DISTILL, "price.usdPerAcceleratorHour", -1))).toContain(
      "price.usdPerAcceleratorHour: ",
    );
  });

  it("completes the teacher's layout from the cluster", () => {
    const plan = read(withField(DISTILL, "teacher.layout", undefined));
    expect(plan).toMatchObject({ teacher: { layout: { tp: 8, pp: 1 } } });
  });
});

describe("a plan that the page suggests", () => {
  it.each([
    ["fine-tuning", finetuneOf(EXAMPLE_PLAN)],
    ["distillation", distillOf(EXAMPLE_PLAN)],
  ])("%s is written as the parser writes it, to the byte: kits of both are equal", (_, plan) => {
    const parsed = parseAnyPlan(plan, VOCABULARY);
    if (!parsed.ok) throw new Error(formatProblem(parsed.error));
    expect(JSON.stringify(parsed.value)).toBe(JSON.stringify(plan));
  });
});
