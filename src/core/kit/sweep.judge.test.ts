/**
 * Judge: a generated sweep of plans, engines x targets x layouts x weights on one and two nodes, estimated by
 * the model itself. Nothing throws; what fits is compiled or refused with a reason; what is compiled passes.
 */
import { describe, expect, it } from "vitest";
import { catalog, loadEngineFlags } from "../../planner-data.ts";
import type { EngineFlags } from "../domain/engine-flags.ts";
import type { Plan, Target } from "../domain/plan.ts";
import { evaluate } from "../model/evaluate.ts";
import { compileKit } from "./compile-kit.ts";
import { POOL_ENGINES } from "./engines/disaggregation.ts";
import { openFlagTable, type FlagTable } from "./flag-table.ts";
import { FIXTURE_LINK, FIXTURE_PLAN } from "./fixtures/fixture.ts";
import { hasShellcheck, openKitJudge, shapeOf, shellcheckAll } from "./fixtures/judge-kit.ts";
import { shortManifest } from "./fixtures/short-manifest.ts";
import {
  ENGINES,
  EVERYWHERE,
  FEWER_TARGETS,
  sweepPlans,
  sweepPools,
  TARGETS,
} from "./fixtures/sweep-plans.ts";

if (!hasShellcheck) console.warn("SKIPPED: shellcheck is not installed");

/** A judge that cannot fail judges nothing: each of these spoils one file of a kit that passes. */
const SPOILS: readonly (readonly [target: Target, path: string, from: string, to: string])[] = [
  ["shell", "serve/serve.sh", "--tp-size", "--tp-sizes"],
  ["kubernetes", "serve/kubernetes/server/server.yaml", "--tp-size", "--tp-sizes"],
  ["slurm", "serve/serve.sbatch", "--mem=0", "--memory=0"],
  ["compose", "serve/compose.yaml", '"unless-stopped"', "no"],
  ["shell", "download.sh", "set -euo", "cd /home/somebody; set -euo"],
];

describe("the sweep's judge", () => {
  it.each(SPOILS)("finds fault with %s: %s", async (target, path, from, to) => {
    const flags = await loadEngineFlags("sglang");
    const table = flags ? openFlagTable(flags, flags.version) : null;
    if (!flags || !table) throw new Error("sglang");
    const plan: Plan = { ...FIXTURE_PLAN, target };
    const estimate = evaluate(plan, { catalog, opTables: null });
    const result = compileKit({ plan, estimate, catalog, flags, link: FIXTURE_LINK });
    if (!result.ok) throw new Error(result.error.problem);
    const kit = result.value;
    const judgeKit = openKitJudge();
    expect(judgeKit(kit, table)).toEqual([]);
    const files = kit.files.map((file) =>
      file.path === path ? { ...file, text: file.text.replace(from, to) } : file,
    );
    expect(judgeKit({ ...kit, files }, table).length).toBeGreaterThan(0);
  });
});

/** Nothing passes by being refused everywhere. */
function expectCoverage(perTarget: ReadonlyMap<string, number>): void {
  for (const engine of ENGINES) {
    if (EVERYWHERE.has(engine)) continue;
    // MLX runs on Macs, where no scheduler and no container does.
    for (const target of engine === "mlx" ? ["both"] : ["both", "slurm", "kubernetes"]) {
      expect(perTarget.get(`${engine} ${target} 1`) ?? 0, `${engine} ${target} 1`).toBeGreaterThan(0);
    }
  }
  for (const engine of EVERYWHERE) {
    for (const target of ["both", "shell", "compose", "kubernetes", "slurm"]) {
      for (const nodes of [1, 2]) {
        expect(
          perTarget.get(`${engine} ${target} ${nodes}`) ?? 0,
          `${engine} ${target} ${nodes}`,
        ).toBeGreaterThan(0);
      }
    }
  }
}

interface Tables {
  readonly flags: EngineFlags;
  readonly table: FlagTable;
}
async function loadTables(): Promise<ReadonlyMap<string, Tables>> {
  const tables = new Map<string, Tables>();
  for (const engine of ENGINES) {
    const flags = await loadEngineFlags(engine);
    const table = flags && openFlagTable(flags, catalog.engines.get(engine)?.current ?? "");
    if (!flags || !table) throw new Error(engine);
    tables.set(engine, { flags, table });
  }
  return tables;
}

const countUp = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

/** Milliseconds that each step took: printed, so that whoever makes the sweep longer sees where. */
function stopwatch() {
  const spent = { evaluate: 0, compile: 0, judge: 0, shellcheck: 0 };
  let since = performance.now();
  return {
    spent,
    lap: (step?: keyof typeof spent) => {
      const now = performance.now();
      if (step) spent[step] = Math.round(spent[step] + now - since);
      since = now;
    },
  };
}

describe("the sweep", () => {
  it("compiles or refuses every plan, and all that it compiles passes", async () => {
    const counts = { plans: 0, unfit: 0, refused: 0, kits: 0, files: 0, failures: 0 };
    const reasons = new Map<string, number>();
    const perTarget = new Map<string, number>();
    const failures: string[] = [];
    const scripts = new Map<string, string>();
    const tables = await loadTables();
    const judgeKit = openKitJudge();
    const { spent, lap } = stopwatch();
    for (const base of [...sweepPlans(), ...sweepPools()]) {
      const { flags, table } = tables.get(base.engine) ?? { flags: undefined, table: undefined };
      if (!flags) throw new Error(base.engine);
      lap();
      const estimate = evaluate(base, { catalog, opTables: null });
      lap("evaluate");
      const manifest = shortManifest(base);
      const pools = base.layout.disaggregated !== null;
      for (const target of pools || EVERYWHERE.has(base.engine) ? TARGETS : FEWER_TARGETS) {
        counts.plans += 1;
        const plan: Plan = target === undefined ? base : { ...base, target };
        const given = { plan, estimate, catalog, flags, link: FIXTURE_LINK };
        lap();
        const result = compileKit(manifest ? { ...given, manifest } : given);
        lap("compile");
        if (!result.ok) {
          counts[estimate.fits ? "refused" : "unfit"] += 1;
          if (estimate.fits) countUp(reasons, result.error.problem);
          if (result.error.problem.length < 10) failures.push(`no reason: ${JSON.stringify(result.error)}`);
          continue;
        }
        const kit = result.value;
        counts.kits += 1;
        counts.files += kit.files.length;
        countUp(
          perTarget,
          `${base.engine} ${target ?? "both"} ${pools ? "pools" : String(base.cluster.nodes)}`,
        );
        failures.push(...judgeKit(kit, table).map((complaint) => `${kit.name}: ${complaint}`));
        for (const file of kit.files) {
          if (!/\.(sh|sbatch)$/.test(file.path)) continue;
          const shape = shapeOf(file);
          if (!scripts.has(shape)) scripts.set(shape, file.text);
        }
        lap("judge");
      }
    }
    counts.failures = failures.length;
    lap();
    const complaints = hasShellcheck ? await shellcheckAll([...scripts.values()]) : "";
    lap("shellcheck");
    console.info(`kit sweep: ${JSON.stringify(counts)}, ${scripts.size} shapes of scripts`);
    console.info(`kit sweep, ms: ${JSON.stringify(spent)}`);
    console.info([...reasons].map(([reason, n]) => `refused ${n}: ${reason}`).join("\n"));
    console.info([...perTarget].map(([key, n]) => `${key}: ${n}`).join("; "));
    expect(failures.slice(0, 20)).toEqual([]);
    expect(complaints).toBe("");
    expect(counts.plans).toBeGreaterThan(2000);
    expectCoverage(perTarget);
    expect(perTarget.get("vllm ray 2") ?? 0).toBeGreaterThan(0);
    expect(perTarget.get("sglang ray 2")).toBeUndefined();
    // One command starts every node.
    for (const key of [
      "tensorrt-llm both 2",
      "tensorrt-llm slurm 2",
      "mlx both 2",
      "mlx both 4",
      "lmdeploy kubernetes 2",
    ]) {
      expect(perTarget.get(key) ?? 0, key).toBeGreaterThan(0);
    }
    expect(perTarget.get("mlx slurm 1")).toBeUndefined();
    for (const engine of POOL_ENGINES) {
      for (const target of ["both", "shell", "compose", "kubernetes", "slurm"]) {
        const key = `${engine} ${target} pools`;
        expect(perTarget.get(key) ?? 0, key).toBeGreaterThan(0);
      }
    }
  }, 1_200_000);
});
