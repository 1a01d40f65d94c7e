import type { LayoutPlan, Plan } from "../../core/domain/plan.ts";
import { describeLayout } from "./describe-plan.ts";
import { gpuCount, splitsLayers } from "./adapt-plan.ts";

export interface LayoutChoice {
  readonly layout: LayoutPlan;
  readonly remark: string;
}

/** Layer counts worth trying for experts that live partly in host memory; the family has 58 MoE layers. */
const CPU_LAYERS = [10, 20, 30, 40, 50];

/** Ways to cut this plan over its GPUs that an architect would weigh; the plan's own always among them. */
export function layoutChoices(plan: Plan): readonly LayoutChoice[] {
  const gpus = gpuCount(plan);
  const all =
    gpus === 0
      ? []
      : splitsLayers(plan.engine) || plan.engine === "ktransformers"
        ? hostChoices(plan, gpus)
        : gpuChoices(plan, gpus);
  const seen = new Set<string>();
  const own: LayoutChoice = { layout: plan.layout, remark: "" };
  const unique: LayoutChoice[] = [];
  for (const choice of all) {
    const key = JSON.stringify(sorted(choice.layout));
    if (!seen.has(key)) unique.push(choice);
    seen.add(key);
  }
  return seen.has(JSON.stringify(sorted(own.layout))) ? unique : [own, ...unique];
}

const sorted = (layout: LayoutPlan) => Object.entries(layout).sort(([a], [b]) => (a < b ? -1 : 1));

export const sameLayout = (a: LayoutPlan, b: LayoutPlan): boolean =>
  JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

function layoutOf(plan: Plan, part: Partial<LayoutPlan>): LayoutPlan {
  const whole = { tp: 1, pp: 1, dpAttention: 1, ep: 1, dcp: 1, replicas: 1, disaggregated: null };
  return { ...whole, experts: plan.layout.experts, ...part };
}

function hostChoices(plan: Plan, gpus: number): LayoutChoice[] {
  const pp = plan.engine === "ktransformers" ? 1 : gpus;
  const make = (experts: LayoutPlan["experts"], remark: string) => ({
    layout: layoutOf(plan, { pp, experts }),
    remark,
  });
  return [
    make("gpu", "everything on the GPUs"),
    ...CPU_LAYERS.map((cpuLayers) => make({ cpuLayers }, "the first ones in host memory")),
    make("cpu", "only attention on the GPUs"),
  ];
}

function gpuChoices(plan: Plan, gpus: number): LayoutChoice[] {
  const { nodes, acceleratorsPerNode: perNode } = plan.cluster;
  const make = (part: Partial<LayoutPlan>, remark = "") => ({
    layout: layoutOf(plan, { ...part, experts: "gpu" }),
    remark,
  });
  const choices = [make({ tp: gpus }, "one copy of the model")];
  if (gpus > 1) {
    choices.push(make({ tp: gpus, ep: gpus }, "whole experts per GPU"));
    choices.push(make({ tp: gpus, dpAttention: gpus, ep: gpus }, "a cache of its own on every GPU"));
    choices.push(make({ tp: gpus, dpAttention: gpus }, "experts still cut"));
  }
  for (const dp of [2, 4]) {
    if (gpus % dp === 0 && gpus > dp)
      choices.push(make({ tp: gpus, dpAttention: dp, ep: gpus }, `${dp} caches`));
  }
  if (nodes > 1) choices.push(make({ tp: perNode, pp: nodes }, "a stage per node"));
  for (const pp of [2, 4]) {
    if (gpus % pp === 0) choices.push(make({ tp: gpus / pp, pp }, `${pp} stages`));
  }
  if (nodes > 1) choices.push(make({ tp: perNode, replicas: nodes }, "a copy per node"));
  if (gpus % 2 === 0) choices.push(make({ tp: gpus / 2, replicas: 2 }, "two copies of the model"));
  if (nodes > 1) {
    choices.push(make({ tp: perNode, disaggregated: apart(perNode, 1, nodes - 1) }, "prefill apart"));
    if (nodes > 2)
      choices.push(make({ tp: perNode, disaggregated: apart(perNode, nodes - 1, 1) }, "most nodes prefill"));
  }
  return choices;
}

/** Prefill on some nodes and decode on the others; decode keeps a cache of its own on every GPU. */
function apart(
  perNode: number,
  prefillReplicas: number,
  decodeReplicas: number,
): LayoutPlan["disaggregated"] {
  const instance = { gpus: perNode, tp: perNode, pp: 1, ep: perNode };
  return {
    prefill: { ...instance, dpAttention: 1 },
    decode: { ...instance, dpAttention: perNode },
    prefillReplicas,
    decodeReplicas,
  };
}

/** The words of a choice in the table: as the sentence would say it. */
export const layoutLabel = ({ layout }: LayoutChoice): string => describeLayout(layout);
