/** Other methods and other inputs around a fine-tuning plan. */
import type { Catalog } from "../domain/catalog.ts";
import type { FinetuneAround, MethodChoice, Sensitivity, SensitivityEnd } from "../domain/finetune-around.ts";
import type { FinetuneEstimate } from "../domain/finetune-estimate.ts";
import type { BaseFormat, FinetuneMethod, FinetunePlan, FrameworkId } from "../domain/finetune-plan.ts";
import { parseFinetunePlan, TRAINING_HOST } from "../domain/parse-finetune-plan.ts";
import { vocabularyOf, type PlanVocabulary } from "../domain/plan-vocabulary.ts";
import { evaluateFinetune } from "../model/finetune/evaluate-finetune.ts";

type Variant = readonly [FinetuneMethod, BaseFormat, FrameworkId];
const VARIANTS: readonly Variant[] = [
  ["qlora", "nf4", "llamafactory"],
  ["qlora", "int4", "ktransformers"],
  ["lora", "int8", "ktransformers"],
  ["lora", "bf16", "ktransformers"],
  ["lora", "bf16", "ms-swift"],
  ["full", "bf16", "megatron-bridge"],
];

const HOST_GIB = [512, 768, 1024, 1536, 2048];
const NODES = [1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64];

/** The same data on the least nodes of the plan's kind that hold each method, cheapest first. */
export function finetuneMethods(plan: FinetunePlan, catalog: Catalog): readonly MethodChoice[] {
  const vocabulary = vocabularyOf(catalog);
  const found = VARIANTS.flatMap((variant) => smallest(plan, variant, catalog, vocabulary) ?? []);
  return found.sort((a, b) => (a.usd?.value ?? Infinity) - (b.usd?.value ?? Infinity));
}

export function finetuneAround(plan: FinetunePlan, catalog: Catalog): FinetuneAround {
  const own = fullest(evaluateFinetune(plan, { catalog }));
  return {
    methods: finetuneMethods(plan, catalog),
    sensitivity: sensitivity(plan, catalog),
    bytes: own?.total ?? 0,
    capacity: own?.capacity ?? 0,
  };
}

function smallest(
  plan: FinetunePlan,
  [method, base, framework]: Variant,
  catalog: Catalog,
  vocabulary: PlanVocabulary,
): MethodChoice | undefined {
  const onHost = framework === "ktransformers";
  const perNode = plan.cluster.acceleratorsPerNode;
  const machines = onHost
    ? HOST_GIB.map((hostMemoryGiB) => ({ nodes: 1, hostMemoryGiB }))
    : NODES.map((nodes) => ({ nodes }));
  for (const machine of machines) {
    const cluster = {
      ...plan.cluster,
      ...(onHost ? { host: plan.cluster.host ?? TRAINING_HOST.host } : {}),
      ...machine,
    };
    const parsed = parseFinetunePlan(rewritten(plan, { method, base, framework, cluster }), vocabulary);
    if (!parsed.ok) continue;
    const estimate = evaluateFinetune(parsed.value, { catalog });
    const rank = fullest(estimate);
    if (!estimate.fits || !rank || !estimate.memory) continue;
    return {
      plan: parsed.value,
      fits: true,
      accelerators: perNode * cluster.nodes,
      bytes: rank.total,
      capacity: rank.capacity,
      hostBytes: estimate.memory.host.total,
      hours: estimate.performance?.trainHours ?? null,
      usd: estimate.cost?.usd ?? null,
      tokensPerSecond: estimate.performance?.tokensPerSecond.value ?? null,
    };
  }
  return undefined;
}

/** The plan as another method would write it: what follows from method and cluster is left to the parser. */
function rewritten(
  plan: FinetunePlan,
  change: Pick<FinetunePlan, "method" | "base" | "framework" | "cluster">,
): object {
  const { adapters, training, layout: _, result, ...rest } = plan;
  const { globalBatch: __, routerFrozen: ___, ...kept } = training;
  const full = change.method === "full";
  const written = {
    ...rest,
    ...change,
    training: { ...kept, recompute: "full" },
    result: full ? { ...result, form: "merged" } : result,
    ...(full || !adapters ? {} : { adapters }),
    ...(full ? { layout: { sharding: "optimizer" } } : {}),
  };
  if (change.framework === "ktransformers" && change.cluster.acceleratorsPerNode > 1)
    return { ...written, layout: { sharding: "full" } };
  return written;
}

const fullest = ({ memory }: FinetuneEstimate) =>
  memory?.ranks.reduce((worst, rank) =>
    rank.total - rank.capacity > worst.total - worst.capacity ? rank : worst,
  );

type Change = readonly [label: string, plan: FinetunePlan];

/** What each input alone does to the fullest accelerator; inputs that the plan has not are left out. */
function sensitivity(plan: FinetunePlan, catalog: Catalog): readonly Sensitivity[] {
  const { training, adapters, layout } = plan;
  const train = (change: Partial<FinetunePlan["training"]>) => ({
    ...plan,
    training: { ...training, ...change },
  });
  const sequence = (factor: number): Change => {
    const sequenceTokens = Math.max(1, Math.round(training.sequenceTokens * factor));
    return [tokensWord(sequenceTokens), train({ sequenceTokens })];
  };
  const rows: readonly (readonly [string, readonly Change[]])[] = [
    ["Sequence length", [sequence(0.5), sequence(2)]],
    [
      "Recompute activations",
      [
        ["all", train({ recompute: "full" })],
        ["none", train({ recompute: "none" })],
      ],
    ],
    [
      "Micro-batch",
      [
        ["1", train({ microBatch: 1 })],
        [
          String(2 * training.microBatch),
          train({ microBatch: 2 * training.microBatch, globalBatch: 2 * training.globalBatch }),
        ],
      ],
    ],
    ...(adapters ? [["Rank", [scaledRanks(plan, 0.5), scaledRanks(plan, 4)]] as const] : []),
    ...(adapters ? [["Adapters on routed experts", routedEnds(plan)] as const] : []),
    ...(layout.sharding === "full" || layout.pp > 1
      ? [
          [
            "Nodes",
            [["twice", { ...plan, cluster: { ...plan.cluster, nodes: 2 * plan.cluster.nodes } }]],
          ] as const,
        ]
      : []),
  ];
  return rows.map(([name, changes]) => ({ name, ends: changes.flatMap((change) => end(change, catalog)) }));
}

function end([label, plan]: Change, catalog: Catalog): SensitivityEnd[] {
  const rank = fullest(evaluateFinetune(plan, { catalog }));
  return rank ? [{ label, bytes: rank.total, plan }] : [];
}

function scaledRanks(plan: FinetunePlan, factor: number): Change {
  const ranks = Object.fromEntries(
    Object.entries(plan.adapters?.ranks ?? {}).map(([target, rank]) => [
      target,
      Math.max(1, Math.round(rank * factor)),
    ]),
  );
  return [String(Math.max(...Object.values(ranks))), { ...plan, adapters: { ...plan.adapters, ranks } }];
}

function routedEnds(plan: FinetunePlan): readonly Change[] {
  const { routed: _, ...without } = plan.adapters?.ranks ?? {};
  const { experts: __, ...adapters } = plan.adapters ?? { ranks: {} };
  const rank = Math.max(1, ...Object.values(without));
  const no: Change[] =
    Object.keys(without).length > 0 ? [["no", { ...plan, adapters: { ...adapters, ranks: without } }]] : [];
  return [...no, ["yes", { ...plan, adapters: { ...adapters, ranks: { ...without, routed: rank } } }]];
}

const tokensWord = (tokens: number): string =>
  tokens % 1024 === 0 ? `${tokens / 1024}K` : tokens.toLocaleString("en-US");
