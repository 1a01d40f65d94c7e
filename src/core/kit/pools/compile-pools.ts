/**
 * A kit of two pools: `prefill/` and `decode/` are folders as an aggregated kit has them, each with its own
 * start; above them the router, and what the service is to its clients.
 */
import type { Kit } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { bundle } from "../bundle.ts";
import { refusePools } from "../engines/disaggregation.ts";
import { airGapFiles } from "../files/air-gap.ts";
import { BENCH_COMPARE, benchScript } from "../files/bench-script.ts";
import { downloadScript } from "../files/download.ts";
import { loadTime, type Draft, type Parts } from "../files/draft.ts";
import { licencesFile } from "../files/licenses.ts";
import { smokeScript } from "../files/smoke.ts";
import type { KitIr } from "../ir.ts";
import { launchOf } from "../launch.ts";
import type { KitInput } from "../lower.ts";
import type { Target } from "../targets/target.ts";
import { lowerPools } from "./lower-pools.ts";
import type { Halves, PoolTarget } from "./pool-target.ts";
import { poolTargetOf } from "./pool-targets.ts";
import { launchRouter } from "./router.ts";

export function compilePools(input: KitInput): Result<Kit, Problem> {
  const { plan } = input;
  const refusal = refusePools(plan.engine);
  if (refusal) return fail(refusal);
  const started = poolTargetOf(plan.target);
  if (!started.ok) return started;
  const pools = lowerPools(input);
  if (!pools.ok) return pools;
  const { whole } = pools.value;
  const { target } = started.value;
  const prefill = halfOf(pools.value.prefill, target);
  if (!prefill.ok) return prefill;
  const decode = halfOf(pools.value.decode, target);
  if (!decode.ok) return decode;
  const halves: Halves = [prefill.value, decode.value];
  const launched = launchRouter(whole, [prefill.value.launch, decode.value.launch]);
  if (!launched.ok) return launched;
  const launch = target.reword?.(launched.value) ?? launched.value;
  const parts: Parts = { ir: whole, launch, reads: loadTime(whole), halves };
  const refused = started.value.refuse?.(parts, halves);
  if (refused) return fail(refused);
  return ok(bundle(parts, asTarget(started.value, halves), draftFiles(parts, started.value, halves)));
}

function halfOf(ir: KitIr, target: Target): Result<Parts, Problem> {
  const launched = launchOf(ir);
  if (!launched.ok) return launched;
  const launch = target.reword?.(launched.value) ?? launched.value;
  const refusal = target.refuse(ir, launch);
  return refusal ? fail(refusal) : ok({ ir, launch, reads: loadTime(ir) });
}

function draftFiles(parts: Parts, pools: PoolTarget, halves: Halves): Draft[] {
  return [
    ...pools.files(parts, halves),
    downloadScript(parts),
    ...airGapFiles(parts),
    smokeScript(parts),
    benchScript(parts),
    BENCH_COMPARE,
    licencesFile(parts),
  ];
}

/** Both halves and the router as one target, which is what a kit is bundled of. */
function asTarget(pools: PoolTarget, halves: Halves): Target {
  return {
    refuse: () => undefined,
    unsupported: () => halves.flatMap(({ ir, launch }) => pools.target.unsupported(ir, launch)),
    files: () => [],
    runbook: (parts) => pools.runbook(parts, halves),
  };
}
