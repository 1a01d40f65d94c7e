/** The ways to cut a model over a cluster that people would try: sizes of cluster, replicas, ranks. */
import type { Accelerator } from "../domain/catalog.ts";
import type { EngineId, FabricId, HostId } from "../domain/plan.ts";
import type { SearchLayouts, SearchQuery } from "../domain/search.ts";

/** A cluster's shape. */
export interface ClusterShape {
  readonly acceleratorsPerNode: number;
  readonly nodes: number;
  readonly host?: HostId;
  readonly hostMemoryGiB?: number;
  readonly fabric?: FabricId;
}

/** A cluster's shape and how the model is cut over it. */
export interface Arrangement extends ClusterShape {
  readonly tp: number;
  readonly pp: number;
  readonly dpAttention: number;
  readonly ep: number;
  readonly dcp: number;
  readonly replicas: number;
  readonly experts: "gpu" | "cpu";
  /** Arrangements with the same number differ only in nodes and replicas: memory and steps are shared. */
  readonly instance: number;
  /** Position of its cluster among the shapes of the list. */
  readonly shape: number;
}

/** A link domain of this many accelerators spans nodes. */
const RACK_SCALE = 17;
const MOST_REPLICAS = 18;

/** Clusters that are sold, rented or built with an accelerator. */
export function usualShapes(accelerator: Accelerator): readonly ClusterShape[] {
  const shape = (acceleratorsPerNode: number, nodes: number): ClusterShape => ({
    acceleratorsPerNode,
    nodes,
  });
  if (accelerator.kind === "unified-memory") return [shape(1, 1), shape(1, 2), shape(1, 4)];
  if (accelerator.kind === "superchip") return [1, 2, 4, 8, 16].map((nodes) => shape(1, nodes));
  const domain = accelerator.scaleUp?.domainSize.value ?? 1;
  const rack = domain >= RACK_SCALE;
  if (rack) return [1, 2, 4, 8, 16, ...(domain === 72 ? [18] : [])].map((nodes) => shape(4, nodes));
  return [shape(1, 1), shape(2, 1), shape(4, 1), shape(8, 1), shape(8, 2), shape(8, 4), shape(8, 8)];
}

/** What is left of the usual values, or the asked ones. */
function choose(asked: readonly number[] | undefined, usual: readonly number[]): readonly number[] {
  return [...new Set(asked ?? usual)];
}

const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));

function replicaCounts(layouts: SearchLayouts, total: number): readonly number[] {
  const usual: number[] = [];
  for (let r = 1; r <= Math.min(total, MOST_REPLICAS); r++) {
    if (total % r === 0 && isPowerOfTwo(total / r)) usual.push(r);
  }
  return choose(layouts.replicas, usual).filter((r) => total % r === 0);
}

/** Pipeline stages where one node is not enough: one a node. */
function stageCounts(layouts: SearchLayouts, ranks: number, perNode: number): readonly number[] {
  const usual = ranks > perNode && ranks % perNode === 0 ? [1, ranks / perNode] : [1];
  return choose(layouts.pp, usual).filter((pp) => ranks % pp === 0);
}

interface Cut {
  readonly dpAttention: number;
  readonly ep: number;
  readonly dcp: number;
}

/** Attention cut over more ranks than this waits for its all-reduce. */
const MOST_ATTENTION_TP = 16;

/**
 * Cuts of `tp` ranks that are in use: TP alone and with expert parallelism, data-parallel attention with
 * expert parallelism, decode-context parallelism. Where the query names values every product of them.
 */
function cuts(engine: EngineId, layouts: SearchLayouts, tp: number, pp: number): readonly Cut[] {
  const { dpAttention, ep, dcp } = layouts;
  const usual = usualCuts(engine, tp, pp);
  if (dpAttention === undefined && ep === undefined && dcp === undefined) return usual;
  const values = (key: keyof Cut) => choose(layouts[key], [...new Set(usual.map((cut) => cut[key]))]);
  return values("dpAttention").flatMap((d) =>
    values("ep").flatMap((e) =>
      values("dcp")
        .filter((c) => tp % d === 0 && tp % e === 0 && (tp / d) % c === 0)
        .map((c) => ({ dpAttention: d, ep: e, dcp: c })),
    ),
  );
}

function usualCuts(engine: EngineId, tp: number, pp: number): readonly Cut[] {
  const plain = { dpAttention: 1, ep: 1, dcp: 1 };
  if (tp === 1) return [plain];
  const found: Cut[] = [];
  if (tp <= MOST_ATTENTION_TP) found.push(plain, { ...plain, ep: tp });
  if (pp > 1) return found;
  found.push({ dpAttention: tp, ep: tp, dcp: 1 });
  if (engine === "sglang" && tp <= 8) found.push({ dpAttention: tp, ep: 1, dcp: 1 });
  if (engine === "vllm" && tp <= 8) found.push({ ...plain, dcp: tp });
  return found;
}

type Uncounted = Omit<Arrangement, "instance" | "shape">;

/** Of engines that cut every layer over their ranks. */
function serverArrangements(engine: EngineId, layouts: SearchLayouts, shape: ClusterShape): Uncounted[] {
  const total = shape.acceleratorsPerNode * shape.nodes;
  const found: Uncounted[] = [];
  for (const replicas of replicaCounts(layouts, total)) {
    const ranks = total / replicas;
    for (const pp of stageCounts(layouts, ranks, shape.acceleratorsPerNode)) {
      const tp = ranks / pp;
      if (layouts.tp !== undefined && !layouts.tp.includes(tp)) continue;
      for (const cut of cuts(engine, layouts, tp, pp)) {
        found.push({ ...shape, tp, pp, ...cut, replicas, experts: "gpu" });
      }
    }
  }
  return found;
}

/** Of engines that run layer after layer: whole layers over the devices, experts there or in host memory. */
function localArrangements(
  engine: EngineId,
  query: SearchQuery,
  shape: ClusterShape,
  hosts: readonly HostId[],
) {
  const total = shape.acceleratorsPerNode * shape.nodes;
  // Layer by layer over a network one device works at a time: more boxes only help where none holds the model.
  if (shape.nodes > 1 && shape.acceleratorsPerNode > 1) return [];
  const whole = { dpAttention: 1, ep: 1, dcp: 1, replicas: 1, tp: 1 };
  if (layoutsRefuse(query.layouts, whole)) return [];
  const found: Uncounted[] = [];
  const offload = query.offload ?? ["gpu", "cpu"];
  const { pp: stages } = query.layouts;
  if (
    engine !== "ktransformers" &&
    total > 0 &&
    offload.includes("gpu") &&
    (stages?.includes(total) ?? true)
  ) {
    found.push({ ...shape, ...whole, pp: total, experts: "gpu" });
  }
  const hosted = shape.nodes === 1 && total <= 1 && offload.includes("cpu") && (stages?.includes(1) ?? true);
  for (const host of hosted ? (shape.host === undefined ? hosts : [shape.host]) : []) {
    found.push({ ...shape, host, ...whole, pp: 1, experts: "cpu" });
  }
  return found;
}

function layoutsRefuse(
  layouts: SearchLayouts,
  fixed: Readonly<Record<keyof Omit<SearchLayouts, "pp">, number>>,
) {
  return (["tp", "dpAttention", "ep", "dcp", "replicas"] as const).some(
    (key) => layouts[key] !== undefined && !layouts[key].includes(fixed[key]),
  );
}

const instanceKey = (a: Uncounted): string =>
  [
    a.acceleratorsPerNode,
    a.tp,
    a.pp,
    a.dpAttention,
    a.ep,
    a.dcp,
    a.experts,
    a.host,
    a.hostMemoryGiB,
    a.fabric,
  ].join();

/** All arrangements of an engine's kind over these shapes, those of one instance side by side. */
export function arrangementsOf(
  engine: EngineId,
  local: boolean,
  query: SearchQuery,
  shapes: readonly ClusterShape[],
  hosts: readonly HostId[],
): readonly Arrangement[] {
  const byInstance = new Map<string, (Uncounted & { shape: number })[]>();
  shapes.forEach((cluster, shape) => {
    const count = cluster.acceleratorsPerNode * cluster.nodes;
    if (query.counts !== undefined && !query.counts.includes(count)) return;
    const found = local
      ? localArrangements(engine, query, cluster, hosts)
      : serverArrangements(engine, query.layouts, cluster);
    for (const arrangement of found) {
      const key = instanceKey(arrangement);
      const known = byInstance.get(key);
      if (known) known.push({ ...arrangement, shape });
      else byInstance.set(key, [{ ...arrangement, shape }]);
    }
  });
  return [...byInstance.values()].flatMap((group, instance) => group.map((a) => ({ ...a, instance })));
}
