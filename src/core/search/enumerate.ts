/** Every candidate of a query as a number, and the plan behind a number. */
import type { Accelerator, Catalog } from "../domain/catalog.ts";
import type {
  AcceleratorId,
  EngineId,
  HostId,
  KvCacheType,
  Plan,
  Speculative,
  WeightsId,
} from "../domain/plan.ts";
import type { SearchQuery } from "../domain/search.ts";
import { ENGINE_VENDORS } from "../model/memory/check-engine.ts";
import { runsSequentially } from "../model/serving/step-models.ts";
import { arrangementsOf, usualShapes, type Arrangement, type ClusterShape } from "./arrangements.ts";

/** Candidates that share engine, weights, cache type, drafts and accelerator. */
export interface Family {
  readonly engine: EngineId;
  readonly weights: WeightsId;
  readonly kvCache: KvCacheType | undefined;
  readonly speculative: Speculative;
  /** Absent: on the host's processors alone. */
  readonly accelerator: AcceleratorId | undefined;
  readonly arrangements: readonly Arrangement[];
  /** With `list` all that its instances follow from besides model and load: the same in every query that has them. */
  readonly key: string;
  /** What its list of arrangements follows from. */
  readonly list: string;
  /** Families that cost about the same have numbers beside each other: every second of them is half of the work. */
  readonly tile: number;
  /** Number of its first candidate. */
  readonly start: number;
}

/**
 * The candidates of a query: families × arrangements × loads, numbered in that order.
 *
 * Deterministic for a query and a catalog, so that a number means the same plan in every worker.
 */
export interface SearchSpace {
  readonly query: SearchQuery;
  readonly families: readonly Family[];
  /** Users over the whole cluster; one `undefined` where the workload gives an arrival rate. */
  readonly loads: readonly (number | undefined)[];
  readonly total: number;
}

/** Multiples of the fewest users that are tried where the query names no steps. */
const LOAD_STEPS = [1, 2, 4, 8, 16];
const MOST_USERS = 1_000_000;
/** Sizes of these are not a catalog's: the file's own, or nothing that anyone serves. */
const NOT_BY_DEFAULT: ReadonlySet<WeightsId> = new Set(["gguf:custom", "gguf:F32"]);
/** The most used first, so that first rows come early. */
const ENGINE_ORDER: readonly EngineId[] = ["sglang", "vllm", "tensorrt-llm", "atom", "lmdeploy", "llama.cpp"];
const USUAL_HOSTS: readonly HostId[] = ["epyc-9005-2s", "xeon-5th-2s"];
const CPU_ENGINES: ReadonlySet<EngineId> = new Set(["llama.cpp", "ik_llama.cpp"]);

/** All candidates of a query. Cheap: families share their lists of arrangements. */
export function enumerateSpace(query: SearchQuery, catalog: Catalog): SearchSpace {
  const loads = loadsOf(query);
  const families: Family[] = [];
  const lists = new Map<string, ArrangementList>();
  const formats = [...catalog.weightFormats.keys()];
  const accelerators = [...catalog.accelerators.keys()];
  let total = 0;
  for (const engine of enginesOf(query, catalog)) {
    for (const accelerator of acceleratorsOf(query, catalog, engine)) {
      if (accelerator && !ENGINE_VENDORS[engine].includes(accelerator.vendor)) continue;
      const { arrangements, text: list } = sharedList(lists, query, catalog, engine, accelerator);
      if (arrangements.length === 0) continue;
      for (const variant of variantsOf(query, catalog, engine)) {
        const { weights, kvCache, speculative } = variant;
        const key = `${weights}|${kvCache}|${speculative}|${accelerator?.id}`;
        const tile =
          formats.indexOf(weights) +
          (accelerator ? accelerators.indexOf(accelerator.id) : 0) +
          +(speculative === "off");
        families.push({
          engine,
          ...variant,
          accelerator: accelerator?.id,
          arrangements,
          key,
          list,
          tile,
          start: total,
        });
        total += arrangements.length * loads.length;
      }
    }
  }
  return { query, families, loads, total };
}

function loadsOf({ workload, concurrencySteps }: SearchQuery): readonly (number | undefined)[] {
  if (workload.requestsPerSecond !== undefined) return [undefined];
  const fewest = workload.concurrency ?? 1;
  const steps = concurrencySteps ?? LOAD_STEPS.map((times) => fewest * times);
  const loads = [...new Set(steps)].filter((users) => users >= fewest && users <= MOST_USERS);
  return loads.sort((a, b) => a - b);
}

function enginesOf(query: SearchQuery, catalog: Catalog): readonly EngineId[] {
  const known = [...catalog.engines.keys()];
  const rank = (id: EngineId) => (ENGINE_ORDER.includes(id) ? ENGINE_ORDER.indexOf(id) : ENGINE_ORDER.length);
  return known
    .filter((id) => query.engines?.includes(id) ?? true)
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** The most offered first, then the newest: first rows are what most would rent. `undefined`: no accelerator, for engines that run without. */
function acceleratorsOf(
  query: SearchQuery,
  catalog: Catalog,
  engine: EngineId,
): readonly (Accelerator | undefined)[] {
  const owned = query.owned && new Set(query.owned.map((hardware) => hardware.accelerator));
  const offered = offeredAccelerators(query, catalog);
  const chosen = [...catalog.accelerators.values()].filter(
    ({ id, listPrice }) =>
      (query.accelerators?.includes(id) ??
        (owned !== undefined || offered.has(id) || isBuyable(query, listPrice))) &&
      (owned?.has(id) ?? true),
  );
  const offers = (id: AcceleratorId) => catalog.rentalOffers.filter((o) => o.accelerator === id).length;
  const popularity = new Map(chosen.map(({ id }) => [id, offers(id)]));
  const sorted = chosen.sort(
    (a, b) =>
      (popularity.get(b.id) ?? 0) - (popularity.get(a.id) ?? 0) ||
      order(b.launched, a.launched) ||
      order(a.id, b.id),
  );
  const without = CPU_ENGINES.has(engine) && query.accelerators === undefined && owned === undefined;
  return without ? [...sorted, undefined] : sorted;
}

/** Accelerators that somebody rents out; where the query names a provider or term, on those terms. */
function offeredAccelerators({ price }: SearchQuery, { rentalOffers }: Catalog): ReadonlySet<AcceleratorId> {
  const matching = rentalOffers.filter(
    ({ provider, term }) =>
      (price?.provider === undefined || price.provider === provider) &&
      (price?.term === undefined || price.term === term),
  );
  return new Set(matching.map(({ accelerator }) => accelerator));
}

/** Not for a query that asks for a provider's or a term's prices. */
function isBuyable({ price }: SearchQuery, listPrice: unknown): boolean {
  return listPrice !== undefined && price?.provider === undefined && price?.term === undefined;
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function shapesOf(query: SearchQuery, accelerator: Accelerator | undefined): readonly ClusterShape[] {
  if (accelerator === undefined) return [{ acceleratorsPerNode: 0, nodes: 1 }];
  if (query.owned === undefined) return usualShapes(accelerator);
  return query.owned.filter((hardware) => hardware.accelerator === accelerator.id).flatMap(ownedShapes);
}

/** Parts of one node, then whole nodes. */
function ownedShapes({
  accelerator: _,
  nodes,
  acceleratorsPerNode,
  ...rest
}: NonNullable<SearchQuery["owned"]>[number]) {
  const shapes: ClusterShape[] = [];
  for (let part = 1; part < acceleratorsPerNode; part *= 2) {
    shapes.push({ ...rest, acceleratorsPerNode: part, nodes: 1 });
  }
  for (let n = 1; n < nodes; n *= 2) shapes.push({ ...rest, acceleratorsPerNode, nodes: n });
  shapes.push({ ...rest, acceleratorsPerNode, nodes });
  return shapes;
}

interface ArrangementList {
  readonly arrangements: readonly Arrangement[];
  readonly text: string;
}

function sharedList(
  lists: Map<string, ArrangementList>,
  query: SearchQuery,
  catalog: Catalog,
  engine: EngineId,
  accelerator: Accelerator | undefined,
): ArrangementList {
  const shapes = shapesOf(query, accelerator);
  const known = (query.hosts ?? USUAL_HOSTS).filter((id) => catalog.hosts.has(id));
  const hosts = accelerator?.kind === "unified-memory" ? [] : known;
  const { layouts, counts = null, offload = null } = query;
  const text = JSON.stringify([engine, shapes, hosts, layouts, counts, offload]);
  let list = lists.get(text);
  if (list === undefined) {
    list = { arrangements: arrangementsOf(engine, runsSequentially(engine), query, shapes, hosts), text };
    lists.set(text, list);
  }
  return list;
}

type Variant = Pick<Family, "weights" | "kvCache" | "speculative">;

function variantsOf(query: SearchQuery, catalog: Catalog, engine: EngineId): readonly Variant[] {
  const local = runsSequentially(engine);
  const weights = [...catalog.weightFormats.values()].filter(
    ({ id, engines }) => engines.includes(engine) && (query.weights?.includes(id) ?? !NOT_BY_DEFAULT.has(id)),
  );
  const caches = query.kvCaches ?? [undefined];
  const drafts = query.speculative ?? (local ? ["off" as const] : ["off" as const, "mtp1" as const]);
  return weights.flatMap(({ id }) =>
    caches.flatMap((kvCache) => drafts.map((speculative) => ({ weights: id, kvCache, speculative }))),
  );
}

/** The plan of one candidate of a family. */
export function planOf(
  { query }: SearchSpace,
  family: Family,
  arrangement: Arrangement,
  users: number | undefined,
): Plan {
  const { tp, pp, dpAttention, ep, dcp, replicas, experts } = arrangement;
  return {
    version: 1,
    goal: "serve",
    model: query.model,
    weights: family.weights,
    ...(family.kvCache === undefined ? {} : { kvCache: family.kvCache }),
    engine: family.engine,
    cluster: clusterOf(family, arrangement),
    layout: { tp, pp, dpAttention, ep, dcp, replicas, experts, disaggregated: null },
    workload: users === undefined ? query.workload : { ...query.workload, concurrency: users },
    speculative: family.speculative,
    options: {},
    slo: query.slo,
    ...(query.price === undefined ? {} : { price: query.price }),
  };
}

function clusterOf({ accelerator }: Family, a: Arrangement): Plan["cluster"] {
  const cluster: { -readonly [K in keyof Plan["cluster"]]: Plan["cluster"][K] } = {
    acceleratorsPerNode: a.acceleratorsPerNode,
    nodes: a.nodes,
  };
  if (accelerator !== undefined) cluster.accelerator = accelerator;
  if (a.host !== undefined) cluster.host = a.host;
  if (a.hostMemoryGiB !== undefined) cluster.hostMemoryGiB = a.hostMemoryGiB;
  if (a.fabric !== undefined) cluster.fabric = a.fabric;
  return cluster;
}

/** Which of `parts` decides a family: the same for every query, so that a part finds what it learnt before. */
export const partOf = ({ tile }: Family, parts: number): number => tile % parts;

/** Position of the family that holds a candidate. */
export function familyIndexOf({ families }: SearchSpace, candidate: number): number {
  let low = 0;
  let high = families.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((families[middle] as Family).start <= candidate) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * The plan that a candidate's number stands for.
 *
 * Throws RangeError for a number outside of the space: a row of another query.
 */
export function planOfCandidate(space: SearchSpace, candidate: number): Plan {
  const { families, loads, total } = space;
  const family = families[familyIndexOf(space, candidate)];
  if (!family || !(candidate >= 0 && candidate < total)) throw new RangeError(`no candidate ${candidate}`);
  const within = candidate - family.start;
  const arrangement = family.arrangements[Math.floor(within / loads.length)];
  if (!arrangement) throw new RangeError(`no candidate ${candidate}`);
  return planOf(space, family, arrangement, loads[within % loads.length]);
}
