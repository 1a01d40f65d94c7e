/** Adapter parameters, counted from the architecture's tensor list. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { AdapterCount } from "../../domain/finetune-estimate.ts";
import { ADAPTER_TARGETS, type AdapterPlan, type AdapterTarget } from "../../domain/finetune-plan.ts";
import {
  listTensorFamilies,
  type ModuleKind,
  type TensorFamily,
} from "../../tensors/architecture-tensors.ts";
import { cachedByArchitecture } from "../../tensors/cached.ts";

const TARGET_OF: Partial<Readonly<Record<ModuleKind, AdapterTarget>>> = {
  "q-a": "q_a",
  "q-b": "q_b",
  "kv-a": "kv_a",
  "kv-b": "kv_b",
  o: "o",
  dense: "dense",
  shared: "shared",
  expert: "routed",
  router: "router",
};

export interface AdapterOptions {
  /** One matrix for gate and up together, as Megatron keeps them: one input half instead of two. */
  readonly fusesGateUp: boolean;
}

/** Adapters of a layer, by whether the routed experts' ranks hold them. */
export interface LayerAdapters {
  readonly dense: number;
  readonly routed: number;
}

/**
 * Parameters of low-rank adapters, by target.
 *
 *   a matrix [out, in] of rank r carries r * (in + out); gate and up fused carry r * (in + 2 * out)
 *
 * Per      the main model's layers; the multi-token-prediction layer carries none.
 * Source   LoRA (arXiv 2106.09685); Megatron's linear_fc1 holds gate and up in one matrix
 * Anchor   attention at rank 16: 1,590,272 a layer, adapters.test.ts (counted in PEFT on a slice)
 */
export function countAdapters(
  a: MlaArchitecture,
  plan: AdapterPlan,
  options: AdapterOptions,
): readonly AdapterCount[] {
  return ADAPTER_TARGETS.flatMap((target) => {
    const rank = plan.ranks[target];
    if (rank === undefined) return [];
    let [modules, parameters] = [0, 0];
    for (const family of families(a, target)) {
      const copies = copiesOf(family, plan);
      modules += sharesInput(family, options) ? 0 : copies;
      parameters += copies * matrixParameters(family, rank, options);
    }
    return [{ target, rank, modules, parameters }];
  });
}

/** The same parameters by layer. */
export function adaptersByLayer(
  a: MlaArchitecture,
  plan: AdapterPlan,
  options: AdapterOptions,
): readonly LayerAdapters[] {
  const layers = Array.from({ length: a.layerCount }, () => ({ dense: 0, routed: 0 }));
  for (const target of ADAPTER_TARGETS) {
    const rank = plan.ranks[target];
    if (rank === undefined) continue;
    for (const family of families(a, target)) {
      const layer = layers[family.layer ?? -1];
      if (!layer) continue;
      const parameters = copiesOf(family, plan) * matrixParameters(family, rank, options);
      layer[target === "routed" ? "routed" : "dense"] += parameters;
    }
  }
  return layers;
}

type Families = ReadonlyMap<AdapterTarget, readonly TensorFamily[]>;
const cached = cachedByArchitecture<Families>();

function families(a: MlaArchitecture, target: AdapterTarget): readonly TensorFamily[] {
  return cached(a, "targets", () => groupByTarget(a)).get(target) ?? [];
}

function groupByTarget(a: MlaArchitecture): Families {
  const groups = new Map<AdapterTarget, TensorFamily[]>();
  for (const family of listTensorFamilies(a, { mtpLayer: false })) {
    const target = TARGET_OF[family.module];
    if (target === undefined) continue;
    const group = groups.get(target) ?? [];
    groups.set(target, group);
    group.push(family);
  }
  return groups;
}

function copiesOf(family: TensorFamily, plan: AdapterPlan): number {
  if (family.module !== "expert" || plan.experts === undefined) return family.copies;
  return plan.experts.filter((expert) => expert < family.copies).length;
}

/** The up projection of a fused pair: its adapter's input half is gate's. */
function sharesInput(family: TensorFamily, { fusesGateUp }: AdapterOptions): boolean {
  return fusesGateUp && family.name.endsWith("up_proj.weight");
}

function matrixParameters(family: TensorFamily, rank: number, options: AdapterOptions): number {
  const [out = 0, into = 0] = family.shape;
  return rank * (sharesInput(family, options) ? out : into + out);
}
