/** Single changes to a plan that people consider, whether they help or not. */
import type { Catalog } from "../domain/catalog.ts";
import type { LeverKind } from "../domain/levers.ts";
import type { LayoutPlan, Plan, Speculative } from "../domain/plan.ts";
import { ENGINE_VENDORS } from "../model/memory/check-engine.ts";
import { runsSequentially } from "../model/serving/step-models.ts";
import { formatCount } from "../units/format.ts";

export interface Variation {
  readonly kind: LeverKind;
  readonly title: string;
  readonly plan: Plan;
}

const withLayout = (plan: Plan, layout: Partial<LayoutPlan>): Plan => ({
  ...plan,
  layout: { ...plan.layout, ...layout },
});

/** Every single change: layout, drafts, users, weights, cache type, accelerator, engine, replicas. */
export function variationsOf(plan: Plan, catalog: Catalog): readonly Variation[] {
  return [
    ...layoutVariations(plan),
    ...draftVariations(plan),
    ...userVariations(plan),
    ...weightVariations(plan, catalog),
    ...cacheVariations(plan),
    ...acceleratorVariations(plan, catalog),
    ...engineVariations(plan, catalog),
    ...replicaVariations(plan),
  ];
}

/** Other cuts over the same ranks. Layer-by-layer engines and disaggregated plans have none. */
export function layoutVariations(plan: Plan): readonly Variation[] {
  const { tp, dpAttention, ep, dcp, disaggregated } = plan.layout;
  if (runsSequentially(plan.engine) || disaggregated !== null || tp === 1) return [];
  const cuts = [
    { title: `EP ${tp} + DP attention`, cut: { dpAttention: tp, ep: tp, dcp: 1 } },
    { title: `EP ${tp}`, cut: { dpAttention: 1, ep: tp, dcp: 1 } },
    { title: "DP attention", cut: { dpAttention: tp, ep: 1, dcp: 1 } },
    { title: `TP ${tp} alone`, cut: { dpAttention: 1, ep: 1, dcp: 1 } },
    ...(plan.engine === "vllm" ? [{ title: `DCP ${tp}`, cut: { dpAttention: 1, ep: 1, dcp: tp } }] : []),
  ];
  return cuts
    .filter(({ cut }) => cut.dpAttention !== dpAttention || cut.ep !== ep || cut.dcp !== dcp)
    .map(({ title, cut }) => ({ kind: "layout", title, plan: withLayout(plan, cut) }));
}

const DRAFTS: readonly (readonly [Speculative, string])[] = [
  ["off", "No drafts"],
  ["mtp1", "MTP, 1 draft"],
  ["mtp2", "MTP, 2 drafts"],
  ["mtp3", "MTP, 3 drafts"],
];

export function draftVariations(plan: Plan): readonly Variation[] {
  if (runsSequentially(plan.engine)) return [];
  return DRAFTS.filter(([speculative]) => speculative !== plan.speculative).map(([speculative, title]) => ({
    kind: "speculative",
    title,
    plan: { ...plan, speculative },
  }));
}

function userVariations(plan: Plan): readonly Variation[] {
  const { concurrency } = plan.workload;
  if (concurrency === undefined) return [];
  return [concurrency * 4, concurrency * 2, Math.round(concurrency / 2)]
    .filter((users) => users >= 1 && users !== concurrency && users <= 1_000_000)
    .map((users) => ({
      kind: "users",
      title: `${formatCount(users)} users at once`,
      plan: { ...plan, workload: { ...plan.workload, concurrency: users } },
    }));
}

function weightVariations(plan: Plan, catalog: Catalog): readonly Variation[] {
  return [...catalog.weightFormats.values()]
    .filter(({ id, engines }) => id !== plan.weights && id !== "gguf:custom" && engines.includes(plan.engine))
    .map(({ id, name }) => ({ kind: "weights", title: `${name} weights`, plan: { ...plan, weights: id } }));
}

function cacheVariations(plan: Plan): readonly Variation[] {
  const wanted = runsSequentially(plan.engine) ? "q8_0" : "fp8";
  if (plan.kvCache === wanted || plan.engine === "ktransformers" || plan.engine === "mlx") return [];
  const title = wanted === "fp8" ? "KV cache in FP8" : "KV cache in Q8_0";
  return [{ kind: "kv-cache", title, plan: { ...plan, kvCache: wanted } }];
}

/** The same cluster of other accelerators; those that somebody rents out or sells. */
function acceleratorVariations(plan: Plan, catalog: Catalog): readonly Variation[] {
  const { accelerator, acceleratorsPerNode: count, nodes } = plan.cluster;
  const current = accelerator === undefined ? undefined : catalog.accelerators.get(accelerator);
  if (current === undefined) return [];
  const rented = new Set(catalog.rentalOffers.map((offer) => offer.accelerator));
  return [...catalog.accelerators.values()]
    .filter(
      (other) =>
        other.id !== current.id &&
        other.kind === current.kind &&
        ENGINE_VENDORS[plan.engine].includes(other.vendor) &&
        (rented.has(other.id) || other.listPrice !== undefined) &&
        (other.scaleUp?.domainSize.value ?? 1) >= Math.min(count, current.scaleUp?.domainSize.value ?? 1),
    )
    .map(({ id, shortName }) => {
      const { fabric: _fabric, ...cluster } = plan.cluster;
      const { price: _price, ...rest } = plan;
      return {
        kind: "accelerator",
        title: `${count * nodes} x ${shortName}`,
        plan: { ...rest, cluster: { ...cluster, accelerator: id } },
      };
    });
}

function engineVariations(plan: Plan, catalog: Catalog): readonly Variation[] {
  const local = runsSequentially(plan.engine);
  const { engineVersion: _version, ...options } = plan.options;
  return [...catalog.engines.values()]
    .filter(
      ({ id }) =>
        id !== plan.engine &&
        runsSequentially(id) === local &&
        (catalog.weightFormats.get(plan.weights)?.engines.includes(id) ?? false),
    )
    .map(({ id, name }) => ({ kind: "engine", title: name, plan: { ...plan, engine: id, options } }));
}

/** Twice the machines, half the users on each. */
function replicaVariations(plan: Plan): readonly Variation[] {
  const { cluster, layout } = plan;
  if (layout.disaggregated !== null || cluster.acceleratorsPerNode === 0) return [];
  const doubled = withLayout(plan, { replicas: 2 * layout.replicas });
  const nodes = 2 * cluster.nodes;
  const title = `${layout.replicas * 2} replicas on ${nodes} nodes`;
  return [{ kind: "replicas", title, plan: { ...doubled, cluster: { ...cluster, nodes } } }];
}
