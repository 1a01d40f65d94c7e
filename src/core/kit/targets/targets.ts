/** One row a target. A new target is a new row; engines know none of them. */
import type { Target as TargetId } from "../../domain/plan.ts";
import { bareTarget } from "./bare.ts";
import { kubernetesTarget } from "./kubernetes/kubernetes.ts";
import { rayTarget } from "./ray.ts";
import { slurmTarget } from "./slurm.ts";
import type { Target } from "./target.ts";

const TARGETS: Readonly<Record<TargetId, Target>> = {
  shell: bareTarget({ shell: true, compose: false }),
  compose: bareTarget({ shell: false, compose: true }),
  kubernetes: kubernetesTarget,
  slurm: slurmTarget,
  ray: rayTarget,
};

const BOTH = bareTarget({ shell: true, compose: true });

/** Absent: bare shell with systemd, and compose beside it. */
export const targetOf = (id: TargetId | undefined): Target => (id === undefined ? BOTH : TARGETS[id]);
