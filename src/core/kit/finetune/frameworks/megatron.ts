/** What ms-swift and Megatron-Bridge share: Megatron's module names and settings. */
import type { AdapterTarget, FinetunePlan } from "../../../domain/finetune-plan.ts";
import type { Run } from "../run.ts";

/** Modules by target, as Megatron names them; gate and up are one matrix. */
export const MEGATRON_MODULES: Readonly<Record<AdapterTarget, readonly string[]>> = {
  q_a: ["self_attention.linear_q_down_proj"],
  q_b: ["self_attention.linear_q_up_proj"],
  kv_a: ["self_attention.linear_kv_down_proj"],
  kv_b: ["self_attention.linear_kv_up_proj"],
  o: ["self_attention.linear_proj"],
  dense: ["mlp.linear_fc1", "mlp.linear_fc2"],
  shared: ["mlp.shared_experts.linear_fc1", "mlp.shared_experts.linear_fc2"],
  routed: ["mlp.experts.linear_fc1", "mlp.experts.linear_fc2"],
  router: ["mlp.router"],
};

export const modulesOf = ({ adapters }: Run): readonly string[] =>
  (adapters?.targets ?? []).flatMap((target) => MEGATRON_MODULES[target]);

/** What "selective" recomputes; the estimate counts on these. */
export const SELECTIVE = ["layernorm", "mla_up_proj", "moe_act", "mlp"] as const;

/** Experts are cut by tensor parallelism only where they are not by expert parallelism, as the estimate has it. */
export const expertTensorParallel = ({ layout }: FinetunePlan): number => (layout.ep > 1 ? 1 : layout.tp);

export const eightBit = ({ plan }: Run): boolean => plan.training.optimizer === "adamw-8bit";
