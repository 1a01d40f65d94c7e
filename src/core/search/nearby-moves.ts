/** Single changes to a plan that may make it fit, by kind, the mildest of each kind first. */
import type { Accelerator, Catalog } from "../domain/catalog.ts";
import type {
  EngineId,
  ExpertPlacement,
  KvCacheType,
  LayoutPlan,
  OptionsPlan,
  Plan,
} from "../domain/plan.ts";
import { GIB } from "../units/quantity.ts";

export const MOVE_KINDS = [
  "layout",
  "accelerator",
  "count",
  "weights",
  "cache-type",
  "dp-attention",
  "users",
  "experts",
  "engine",
] as const;
export type MoveKind = (typeof MOVE_KINDS)[number];

export interface Move {
  readonly kind: MoveKind;
  readonly plan: Plan;
}

const LAYER_SPLIT: ReadonlySet<EngineId> = new Set(["llama.cpp", "ik_llama.cpp", "ollama"]);
const SERVERS: readonly EngineId[] = ["vllm", "sglang", "tensorrt-llm", "atom"];
const HOST_EXPERTS: ReadonlySet<EngineId> = new Set(["llama.cpp", "ik_llama.cpp", "ollama", "ktransformers"]);

/** GGUF types from large to small that are worth a look; the others lie between them. */
const GGUF_LADDER = ["Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "IQ4_XS", "Q3_K_M", "Q2_K", "IQ2_XS", "IQ1_S"];
const SAFETENSORS_LADDER = ["fp8", "int8", "w4afp8", "awq-int4", "nvfp4", "mxfp4"];

const withLayout = (plan: Plan, layout: Partial<LayoutPlan>): Plan => ({
  ...plan,
  layout: { ...plan.layout, ...layout },
});

/** The same accelerators, cut another way. */
function layoutMoves(plan: Plan): Plan[] {
  const { tp, pp, ep, replicas } = plan.layout;
  const available = plan.cluster.acceleratorsPerNode * plan.cluster.nodes;
  const moves: Plan[] = [];
  if (plan.layout.disaggregated !== null || available === 0) return moves;
  if (LAYER_SPLIT.has(plan.engine)) {
    const stages = Math.max(1, Math.floor(available / replicas));
    if (tp > 1 || stages !== pp)
      moves.push(withLayout(plan, { tp: 1, pp: stages, dpAttention: 1, ep: 1, dcp: 1 }));
    return moves;
  }
  const whole = Math.floor(available / replicas);
  const plain = { tp: whole, pp: 1, dpAttention: 1, ep: 1, dcp: 1 };
  if (whole > 0 && whole <= 16 && (whole !== tp || pp > 1)) moves.push(withLayout(plan, plain));
  if (ep === 1 && tp > 1) moves.push(withLayout(plan, { ep: tp }));
  if (tp * pp * replicas > available && available % pp === 0)
    moves.push(withLayout(plan, { tp: available / pp, replicas: 1 }));
  if (tp > 8 && tp % 8 === 0) moves.push(withLayout(plan, { tp: 8, pp: (tp / 8) * pp, ep: Math.min(ep, 8) }));
  if (replicas > 1) moves.push(withLayout(plan, { replicas: 1, tp: Math.floor(available / pp) }));
  return moves;
}

/** Parts of the same kind with a link as wide, the same vendor's and the smallest first, one of a size. */
function acceleratorMoves(plan: Plan, catalog: Catalog): Plan[] {
  const id = plan.cluster.accelerator;
  const own = id === undefined ? undefined : catalog.accelerators.get(id);
  if (!own) return [];
  const reach = (part: Accelerator): number => part.scaleUp?.domainSize.value ?? 1;
  const sizeOf = (part: Accelerator): number => Math.round(part.memory.value / GIB);
  const sizes = new Set<string>();
  return [...catalog.accelerators.values()]
    .filter((other) => other.id !== own.id && other.kind === own.kind && reach(other) >= reach(own))
    .sort(
      (a, b) =>
        Number(a.vendor !== own.vendor) - Number(b.vendor !== own.vendor) ||
        sizeOf(a) - sizeOf(b) ||
        reach(a) - reach(b) ||
        (b.peakDense.bf16?.value ?? 0) - (a.peakDense.bf16?.value ?? 0) ||
        (a.id < b.id ? -1 : 1),
    )
    .filter((other) => {
      const size = `${other.vendor} ${sizeOf(other)}`;
      return !sizes.has(size) && sizes.add(size);
    })
    .map(({ id: accelerator }) => ({ ...plan, cluster: { ...plan.cluster, accelerator } }));
}

/** More of the same accelerators: a fuller node, then more nodes, TP or PP grown to match. */
function countMoves(plan: Plan): Plan[] {
  const { acceleratorsPerNode: perNode, nodes } = plan.cluster;
  if (perNode === 0 || plan.layout.disaggregated !== null) return [];
  const moves: Plan[] = [];
  for (const full of [2, 4, 8]) {
    if (full <= perNode || full % perNode !== 0) continue;
    const cluster = { ...plan.cluster, acceleratorsPerNode: full };
    moves.push(...grown({ ...plan, cluster }, full / perNode));
  }
  for (const factor of [2, 3, 4]) {
    moves.push(...grown({ ...plan, cluster: { ...plan.cluster, nodes: nodes * factor } }, factor));
  }
  return moves;
}

function grown(plan: Plan, factor: number): Plan[] {
  const { tp, pp, ep } = plan.layout;
  const byLayers = withLayout(plan, { pp: pp * factor });
  if (LAYER_SPLIT.has(plan.engine)) return [byLayers];
  const byTensors = withLayout(plan, { tp: tp * factor, ep: ep > 1 ? ep * factor : 1 });
  return factor === 3 ? [byLayers] : [byTensors, byLayers];
}

function weightMoves(plan: Plan, catalog: Catalog): Plan[] {
  const ladder = plan.weights.startsWith("gguf:")
    ? GGUF_LADDER.map((type) => `gguf:${type}`)
    : SAFETENSORS_LADDER;
  const { weightsBytes: _weightsBytes, ...options } = plan.options;
  return ladder
    .filter((id) => id !== plan.weights && catalog.weightFormats.get(id)?.engines.includes(plan.engine))
    .map((weights) => ({ ...plan, weights, options }));
}

function cacheMoves(plan: Plan): Plan[] {
  const types: readonly KvCacheType[] = LAYER_SPLIT.has(plan.engine) ? ["q8_0", "q4_0"] : ["fp8"];
  return types.filter((type) => type !== plan.kvCache).map((kvCache) => ({ ...plan, kvCache }));
}

function dpMoves(plan: Plan): Plan[] {
  const { tp, dpAttention, dcp, disaggregated } = plan.layout;
  if (LAYER_SPLIT.has(plan.engine) || disaggregated !== null || tp === 1 || dcp > 1 || dpAttention === tp)
    return [];
  return [withLayout(plan, { dpAttention: tp, ep: tp })];
}

function expertMoves(plan: Plan): Plan[] {
  if (!HOST_EXPERTS.has(plan.engine) || plan.cluster.hostMemoryGiB === undefined) return [];
  if (plan.layout.experts === "cpu" || plan.cluster.acceleratorsPerNode === 0) return [];
  const some: readonly ExpertPlacement[] = [14, 29, 44].map((cpuLayers) => ({ cpuLayers }));
  return [...some, "cpu" as const].map((experts) => withLayout(plan, { experts }));
}

/** Settings that mean something only to the engine that they were written for. */
function portableOptions({ contextLength, imatrix }: OptionsPlan): OptionsPlan {
  return {
    ...(contextLength === undefined ? {} : { contextLength }),
    ...(imatrix === undefined ? {} : { imatrix }),
  };
}

/** The plan as llama.cpp runs it, by layers over all accelerators of a replica. */
export function asLlamaCpp(plan: Plan, weights: string): Plan {
  const { kvCache: _kvCache, ...rest } = plan;
  const { acceleratorsPerNode, nodes } = plan.cluster;
  const stages = Math.max(1, Math.floor((acceleratorsPerNode * nodes) / plan.layout.replicas));
  const layout = { tp: 1, pp: stages, dpAttention: 1, ep: 1, dcp: 1, disaggregated: null };
  return {
    ...rest,
    engine: "llama.cpp",
    weights,
    speculative: "off",
    layout: { ...plan.layout, ...layout },
    options: portableOptions(plan.options),
  };
}

function engineMoves(plan: Plan, catalog: Catalog): Plan[] {
  const takes = (engine: EngineId): boolean =>
    engine !== plan.engine && (catalog.weightFormats.get(plan.weights)?.engines.includes(engine) ?? false);
  const servers = SERVERS.filter(takes).map((engine) => ({
    ...plan,
    engine,
    options: portableOptions(plan.options),
  }));
  if (plan.engine === "llama.cpp") return servers;
  return [...servers, asLlamaCpp(plan, plan.weights.startsWith("gguf:") ? plan.weights : "gguf:Q4_K_M")];
}

/** Fewer users: as many as `limit` says fit, down to a power of two. */
export function fewerUsers(plan: Plan, limit: number): Plan | null {
  const { concurrency } = plan.workload;
  if (concurrency === undefined || limit < 1 || limit >= concurrency) return null;
  const users = 2 ** Math.floor(Math.log2(limit));
  return { ...plan, workload: { ...plan.workload, concurrency: users } };
}

/** Every single change but fewer users, which needs to know how many fit. */
export function singleMoves(plan: Plan, catalog: Catalog): Move[] {
  const moves: readonly (readonly [MoveKind, readonly Plan[]])[] = [
    ["layout", layoutMoves(plan)],
    ["accelerator", acceleratorMoves(plan, catalog)],
    ["count", countMoves(plan)],
    ["weights", weightMoves(plan, catalog)],
    ["cache-type", cacheMoves(plan)],
    ["dp-attention", dpMoves(plan)],
    ["experts", expertMoves(plan)],
    ["engine", engineMoves(plan, catalog)],
  ];
  return moves.flatMap(([kind, plans]) => plans.map((changed) => ({ kind, plan: changed })));
}
