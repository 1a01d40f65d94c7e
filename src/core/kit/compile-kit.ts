/**
 * From a decided plan to a folder of files that start it.
 *
 *   lower(plan, estimate) → IR → engine(IR) → arguments → target → objects | lines → bundle → files
 *
 * Every step is pure: no clock, no network, no recomputation of what the estimate says.
 */
import type { Kit } from "../domain/kit.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { bundle } from "./bundle.ts";
import { airGapFiles } from "./files/air-gap.ts";
import { BENCH_COMPARE, benchScript } from "./files/bench-script.ts";
import { configFiles } from "./files/config-files.ts";
import { convertFiles } from "./files/convert.ts";
import { downloadScript } from "./files/download.ts";
import { loadTime, type Draft, type Parts } from "./files/draft.ts";
import { OPENAI_CLIENT } from "./files/openai-client.ts";
import { licencesFile } from "./files/licenses.ts";
import { smokeScript } from "./files/smoke.ts";
import { launchOf } from "./launch.ts";
import { lower, type KitInput } from "./lower.ts";
import { compilePools } from "./pools/compile-pools.ts";
import type { Target } from "./targets/target.ts";
import { targetOf } from "./targets/targets.ts";

export type { KitInput } from "./lower.ts";

/**
 * Compiles the kit of a plan.
 *
 * Returns Problem: what `lower` refuses, a layout that the engine cannot start, an option that the plan
 * needs and the pinned version does not have. What may be missing is in `unsupported[]` instead.
 */
export function compileKit(input: KitInput): Result<Kit, Problem> {
  if (input.plan.layout.disaggregated !== null) return compilePools(input);
  const lowered = lower(input);
  if (!lowered.ok) return lowered;
  const ir = lowered.value;
  const checked = launchOf(ir);
  if (!checked.ok) return checked;
  const target = targetOf(ir.plan.target);
  const launch = target.reword?.(checked.value) ?? checked.value;
  const refusal = target.refuse(ir, launch);
  if (refusal) return fail(refusal);
  const parts: Parts = { ir, launch, reads: loadTime(ir) };
  return ok(bundle(parts, target, draftFiles(parts, target)));
}

function draftFiles(parts: Parts, target: Target): Draft[] {
  return [
    ...target.files(parts),
    downloadScript(parts),
    ...convertFiles(parts),
    ...airGapFiles(parts),
    ...configFiles(parts),
    smokeScript(parts),
    benchScript(parts),
    ...(parts.launch.bench.ownClient === true ? [OPENAI_CLIENT] : []),
    BENCH_COMPARE,
    licencesFile(parts),
  ];
}
