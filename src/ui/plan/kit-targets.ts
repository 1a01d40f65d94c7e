import type { Target } from "../../core/domain/plan.ts";

export interface TargetTab {
  /** `null`: the plan names none, and its kit has shell and compose beside one another. */
  readonly target: Target | null;
  readonly name: string;
  /** As the sentence over the kit says it. */
  readonly words: string;
}

export const TARGET_TABS: readonly TargetTab[] = [
  { target: null, name: "Shell + Compose", words: "shell, systemd or Compose" },
  { target: "shell", name: "Shell + systemd", words: "shell + systemd" },
  { target: "compose", name: "Compose", words: "Docker Compose" },
  { target: "kubernetes", name: "Kubernetes", words: "Kubernetes" },
  { target: "slurm", name: "Slurm", words: "Slurm" },
  { target: "ray", name: "Ray", words: "Ray" },
];

export const tabOf = (target: Target | undefined): TargetTab =>
  TARGET_TABS.find((tab) => tab.target === (target ?? null)) ?? (TARGET_TABS[0] as TargetTab);
