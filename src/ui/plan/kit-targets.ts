import type { AnyPlan } from "../../core/domain/any-plan.ts";
import type { Target } from "../../core/domain/plan.ts";

export interface TargetTab {
  /** `null`: the plan names none, and its kit has shell and compose beside one another. */
  readonly target: Target | null;
  readonly name: string;
  /** As the sentence over the kit says it. */
  readonly words: string;
}

const TARGET_TABS: readonly TargetTab[] = [
  { target: null, name: "Shell + Compose", words: "shell, systemd or Compose" },
  { target: "shell", name: "Shell + systemd", words: "shell + systemd" },
  { target: "compose", name: "Compose", words: "Docker Compose" },
  { target: "kubernetes", name: "Kubernetes", words: "Kubernetes" },
  { target: "slurm", name: "Slurm", words: "Slurm" },
  { target: "ray", name: "Ray", words: "Ray" },
];

/** A training run has no server to compose. */
const TRAINING_TABS: readonly TargetTab[] = [
  { target: null, name: "Shell, Slurm over nodes", words: "shell or Slurm" },
  { target: "slurm", name: "Slurm", words: "Slurm" },
  { target: "kubernetes", name: "Kubernetes", words: "Kubernetes" },
];

/** What a distillation is for is its teacher's server. */
export const tabsOf = ({ goal }: Pick<AnyPlan, "goal">): readonly TargetTab[] =>
  goal === "finetune" ? TRAINING_TABS : TARGET_TABS;

export const tabOf = (plan: Pick<AnyPlan, "goal" | "target">): TargetTab => {
  const tabs = tabsOf(plan);
  return tabs.find((tab) => tab.target === (plan.target ?? null)) ?? (tabs[0] as TargetTab);
};
