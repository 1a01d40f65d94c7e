import { describe, expect, it } from "vitest";
import { catalog, loadEngineFlags } from "../../../planner-data.ts";
import type { Plan } from "../../domain/plan.ts";
import { evaluate } from "../../model/evaluate.ts";
import { compileKit } from "../compile-kit.ts";
import { FIXTURE_LINK, FIXTURE_PLAN } from "../fixtures/fixture.ts";

const base: Plan = {
  ...FIXTURE_PLAN,
  engine: "mlx",
  weights: "mlx-4bit",
  cluster: { accelerator: "m3-ultra-512", acceleratorsPerNode: 1, nodes: 1 },
  layout: { ...FIXTURE_PLAN.layout, tp: 1 },
  workload: { inputTokens: 1024, outputTokens: 512, concurrency: 1, prefixHitRate: 0 },
};
const two: Partial<Plan> = {
  cluster: { ...base.cluster, nodes: 2 },
  layout: { ...base.layout, pp: 2 },
};

async function kitOf(change: Partial<Plan>) {
  const plan = { ...base, ...change };
  const flags = await loadEngineFlags("mlx");
  if (!flags) throw new Error("mlx");
  const estimate = evaluate(plan, { catalog, opTables: null });
  return { estimate, result: compileKit({ plan, estimate, catalog, flags, link: FIXTURE_LINK }) };
}

describe("a plan of MLX", () => {
  it("fits 4 bits on one 512 GB Mac and its speed is marked as no measurement of MLX", async () => {
    const { estimate } = await kitOf({});
    expect(estimate.fits).toBe(true);
    expect(estimate.memory?.basis).toBe("assumed");
    expect(["assumed", "extrapolated"]).toContain(estimate.performance?.tpotMs.basis);
  });

  it("does not fit 8 bits there, and does on two", async () => {
    expect((await kitOf({ weights: "mlx-8bit" })).estimate.fits).toBe(false);
    expect((await kitOf({ weights: "mlx-8bit", ...two })).estimate.fits).toBe(true);
  });

  it("converts with the plan's bits, and starts several Macs with one command", async () => {
    const { result } = await kitOf({ weights: "mlx-8bit", ...two });
    if (!result.ok) throw new Error(result.error.problem);
    const text = (path: string) => result.value.files.find((file) => file.path === path)?.text ?? "";
    expect(text("convert/convert.sh")).toContain("--q-bits 8  # plan: 8.5 bits a weight");
    expect(text("serve/serve.sh")).toContain("exec mlx.launch");
    expect(text("serve/serve.sh")).toContain("--pipeline");
    expect(text("preflight.sh")).toContain("iogpu.wired_limit_mb");
    expect(result.value.files.map(({ path }) => path).join()).not.toMatch(/compose|service/);
    expect(result.value.serves?.name).toBe("default_model");
  });

  it.each<[string, Partial<Plan>, string]>([
    ["a compose target", { target: "compose" }, "target"],
    ["Slurm", { target: "slurm" }, "target"],
    [
      "TP beside stages",
      { cluster: { ...base.cluster, nodes: 4 }, layout: { ...base.layout, tp: 2, pp: 2 } },
      "layout",
    ],
  ])("refuses %s with the reason", async (_, change, path) => {
    const { result } = await kitOf(change);
    expect(result).toMatchObject({ ok: false, error: { path } });
  });
});
