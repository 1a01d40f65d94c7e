/** Whether a model divides the way that a plan cuts it: counts only, no bytes. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { Infeasible } from "../../domain/infeasible.ts";
import { acceleratorsOf, type Plan, type WeightsId } from "../../domain/plan.ts";
import type { Instance } from "./instance-memory.ts";

type LayoutProblem = Extract<Infeasible, { kind: "layout" }>;

const problem = (path: string, message: string): LayoutProblem => ({ kind: "layout", path, message });

/** Inputs of an expert's down projection that one quantization scale covers: a shard takes whole ones. */
const SCALE_BLOCK: Partial<Readonly<Record<WeightsId, number>>> = {
  fp8: 128,
  w4afp8: 128,
  "awq-int4": 128,
  nvfp4: 16,
  mxfp4: 32,
  mxfp8: 32,
};

function checkExperts(plan: Plan, a: MlaArchitecture, instance: Instance, root: string): LayoutProblem[] {
  const { tp, ep } = instance;
  if (tp % ep !== 0) return [problem(`${root}ep`, `EP ${ep} does not divide TP ${tp}.`)];
  if (a.routedExpertCount % ep !== 0) {
    return [problem(`${root}ep`, `${a.routedExpertCount} experts do not divide by EP ${ep}.`)];
  }
  const moeTp = plan.options.moeTp ?? tp / ep;
  const width = a.expertIntermediateSize / moeTp;
  if (!Number.isInteger(width)) {
    return [
      problem(`${root}tp`, `Experts of ${a.expertIntermediateSize} columns do not divide by ${moeTp}.`),
    ];
  }
  const block = SCALE_BLOCK[plan.weights];
  if (block !== undefined && width % block !== 0) {
    const message = `Cut ${moeTp} ways, an expert keeps ${width} of ${a.expertIntermediateSize} columns, and its scales cover ${block} at a time: use EP ${tp} or at most ${Math.floor(a.expertIntermediateSize / block)} ways.`;
    return [problem(`${root}tp`, message)];
  }
  return [];
}

/** Heads, experts and layers of one instance. `root` is the path of its layout with a final dot. */
export function checkInstance(
  plan: Plan,
  a: MlaArchitecture,
  instance: Instance,
  root = "layout.",
): LayoutProblem[] {
  const { tp, pp, dpAttention, dcp } = instance;
  if (tp % dpAttention !== 0) {
    return [problem(`${root}dpAttention`, `DP attention ${dpAttention} does not divide TP ${tp}.`)];
  }
  const attentionTp = tp / dpAttention;
  if (a.headCount % attentionTp !== 0) {
    const message = `${a.headCount} attention heads do not divide by attention TP ${attentionTp}.`;
    return [problem(`${root}tp`, message)];
  }
  if (attentionTp % dcp !== 0) {
    return [
      problem(`${root}dcp`, `Decode-context parallelism ${dcp} does not divide attention TP ${attentionTp}.`),
    ];
  }
  if (a.layerCount < pp) {
    return [problem(`${root}pp`, `${a.layerCount} layers do not fill ${pp} pipeline stages.`)];
  }
  return checkExperts(plan, a, instance, root);
}

/** Accelerators that the layout takes against those that the cluster has. */
export function checkCount(plan: Plan): LayoutProblem[] {
  const { layout, cluster } = plan;
  const available = acceleratorsOf(cluster);
  const d = layout.disaggregated;
  if (d !== null) {
    const needed = d.prefill.gpus * d.prefillReplicas + d.decode.gpus * d.decodeReplicas;
    for (const [side, { gpus, tp, pp }] of [
      ["prefill", d.prefill],
      ["decode", d.decode],
    ] as const) {
      if (tp * pp === gpus) continue;
      const message = `A ${side} instance of ${gpus} accelerators is cut into TP ${tp} x PP ${pp} = ${tp * pp} ranks.`;
      return [problem(`layout.disaggregated.${side}.gpus`, message)];
    }
    if (needed <= available) return [];
    const message = `The prefill and decode instances take ${needed} accelerators, and the cluster has ${available}.`;
    return [problem("layout.disaggregated", message)];
  }
  const needed = layout.tp * layout.pp * layout.replicas;
  if (needed <= available) return [];
  const copies = layout.replicas > 1 ? ` x ${layout.replicas} replicas` : "";
  const message = `TP ${layout.tp} x PP ${layout.pp}${copies} takes ${needed} accelerators, and the cluster has ${available}.`;
  return [problem("layout.tp", message)];
}
