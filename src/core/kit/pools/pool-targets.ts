/** One row a target: how it starts pools, or why it does not. */
import type { Target as TargetId } from "../../domain/plan.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { targetOf } from "../targets/targets.ts";
import { folderPools } from "./folder-pools.ts";
import { kubernetesPools } from "./kubernetes-pools.ts";
import type { PoolTarget } from "./pool-target.ts";

const POOLS: Readonly<Record<TargetId, () => PoolTarget | string>> = {
  shell: () => folderPools(targetOf("shell"), { script: true, compose: false }),
  compose: () => folderPools(targetOf("compose"), { script: false, compose: true }),
  kubernetes: () => kubernetesPools,
  slurm: () => folderPools(targetOf("slurm"), { script: true, compose: false }),
  ray: () =>
    "Ray starts the nodes of one vLLM server, and pools are several: take shell, slurm or kubernetes",
};

/** Absent: shell with systemd, and compose beside it. */
export function poolTargetOf(id: TargetId | undefined): Result<PoolTarget, Problem> {
  const found =
    id === undefined ? folderPools(targetOf(undefined), { script: true, compose: true }) : POOLS[id]();
  return typeof found === "string" ? fail({ path: "target", problem: found }) : ok(found);
}
