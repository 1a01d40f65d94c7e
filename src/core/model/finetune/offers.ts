/** What each framework really offers for this model, and why the rest is refused. */
import type { Catalog, TrainingFramework } from "../../domain/catalog.ts";
import {
  dataParallelRanks,
  type BaseFormat,
  type FinetuneMethod,
  type FinetunePlan,
  type FrameworkId,
} from "../../domain/finetune-plan.ts";
import type { Infeasible } from "../../domain/infeasible.ts";
import { acceleratorsOf } from "../../domain/plan.ts";
import { isMegatron } from "./activations.ts";

export interface Offer {
  readonly bases: Readonly<Partial<Record<FinetuneMethod, readonly BaseFormat[]>>>;
  readonly sharding: readonly FinetunePlan["layout"]["sharding"][];
  readonly offload: readonly FinetunePlan["layout"]["offload"][];
  readonly experts: "gpu" | "cpu";
  /** Tensor, pipeline, expert and context parallelism. */
  readonly parallel: {
    readonly tp: boolean;
    readonly pp: boolean;
    readonly ep: boolean;
    readonly cp: boolean;
  };
  /** gate and up share one matrix, and so one adapter's input half. */
  readonly fusesGateUp: boolean;
  /** Bytes of a trained adapter weight beside its gradient and states: FP32 in PEFT, BF16 in Megatron. */
  readonly adapterBytes: number;
  /** Megatron keeps FP32 masters of what it trains; PEFT's adapters are FP32 themselves. */
  readonly masters: boolean;
  /** Kits can be compiled for it. */
  readonly kit: boolean;
}

/** What a framework offers, and what it is called in which release. */
export type ReleasedOffer = Offer & Pick<TrainingFramework, "name" | "version">;

const NO_CUT = { tp: false, pp: false, ep: false, cp: false };
const MEGATRON = { tp: true, pp: true, ep: true, cp: true };

/** Read in the documentation and examples of the releases that planner-data/training/frameworks.json names. */
export const OFFERS: Readonly<Record<FrameworkId, Offer>> = {
  ktransformers: {
    bases: { lora: ["bf16", "fp8", "int8"], qlora: ["int4"] },
    sharding: ["none", "full"],
    offload: ["none"],
    experts: "cpu",
    parallel: NO_CUT,
    fusesGateUp: false,
    adapterBytes: 4,
    masters: false,
    kit: true,
  },
  "ms-swift": {
    bases: { lora: ["bf16"], full: ["bf16"] },
    sharding: ["optimizer"],
    offload: ["none", "optimizer"],
    experts: "gpu",
    parallel: MEGATRON,
    fusesGateUp: true,
    adapterBytes: 2,
    masters: true,
    kit: true,
  },
  "megatron-bridge": {
    bases: { lora: ["bf16"], full: ["bf16", "fp8"] },
    sharding: ["optimizer"],
    offload: ["none", "optimizer"],
    experts: "gpu",
    parallel: MEGATRON,
    fusesGateUp: true,
    adapterBytes: 2,
    masters: true,
    kit: true,
  },
  llamafactory: {
    bases: { lora: ["bf16"], qlora: ["nf4"], full: ["bf16"] },
    sharding: ["full"],
    offload: ["none", "optimizer", "parameters"],
    experts: "gpu",
    parallel: NO_CUT,
    fusesGateUp: false,
    adapterBytes: 4,
    masters: false,
    kit: false,
  },
  xtuner: {
    bases: { full: ["bf16"] },
    sharding: ["full"],
    offload: ["none", "optimizer", "parameters"],
    experts: "gpu",
    parallel: { ...NO_CUT, cp: true },
    fusesGateUp: false,
    adapterBytes: 4,
    masters: true,
    kit: false,
  },
  colossalai: {
    bases: { lora: ["bf16"] },
    sharding: ["optimizer"],
    offload: ["none", "optimizer"],
    experts: "gpu",
    parallel: { tp: false, pp: true, ep: true, cp: false },
    fusesGateUp: false,
    adapterBytes: 2,
    masters: true,
    kit: false,
  },
};

/** The offer with its release's name; undefined where the catalog knows no release of the framework. */
export function releasedOffer(
  id: FrameworkId,
  { trainingFrameworks }: Pick<Catalog, "trainingFrameworks">,
): ReleasedOffer | undefined {
  const release = trainingFrameworks.get(id);
  return release && { ...OFFERS[id], name: release.name, version: release.version };
}

/** Why a base has no place in a framework, where the reason is known better than "not offered". */
function baseReason(plan: FinetunePlan, offer: ReleasedOffer): string {
  if (plan.base === "fp8" && plan.method === "lora")
    return `${offer.name} trains adapters over a BF16 copy of the FP8 checkpoint: cast it first, base "bf16"`;
  if (plan.base === "int3" || plan.base === "int2")
    return `No framework shards a base of two or three bits: HQQ and AQLM work where the whole base lies on one device`;
  const offered = Object.entries(offer.bases).map(([method, bases]) => `${method} over ${bases.join(", ")}`);
  return `${offer.name} ${offer.version} offers ${offered.join("; ")}`;
}

const layout = (path: string, message: string): Infeasible => ({ kind: "layout", path, message });

/** What a framework does not offer of the plan, each with its reason. Empty: all of it is offered. */
export function refuse(plan: FinetunePlan, offer: ReleasedOffer): readonly Infeasible[] {
  const { layout: cut, cluster, training } = plan;
  const found: Infeasible[] = [];
  if (!offer.bases[plan.method]?.includes(plan.base))
    found.push({ kind: "engine", path: "base", message: `${baseReason(plan, offer)}.` });
  if (!offer.sharding.includes(cut.sharding))
    found.push(
      layout("layout.sharding", `${offer.name} shards ${offer.sharding.map(shardingWord).join(" or ")}.`),
    );
  if (!offer.offload.includes(cut.offload))
    found.push(layout("layout.offload", `${offer.name} does not move ${cut.offload} to the host.`));
  if (cut.experts !== offer.experts) found.push(layout("layout.experts", expertReason(offer)));
  for (const way of ["tp", "pp", "ep", "cp"] as const) {
    if (cut[way] > 1 && !offer.parallel[way])
      found.push(layout(`layout.${way}`, `${offer.name} does not cut this model by ${way.toUpperCase()}.`));
  }
  found.push(...refuseMachine(plan, offer));
  const accelerators = acceleratorsOf(cluster);
  const dp = dataParallelRanks(plan);
  if (!Number.isInteger(dp) || dp < 1)
    return [
      ...found,
      layout(
        "layout",
        `TP ${cut.tp} x PP ${cut.pp} x CP ${cut.cp} does not divide ${accelerators} accelerators.`,
      ),
    ];
  if (!Number.isInteger(accelerators / cut.pp / cut.ep))
    found.push(
      layout(
        "layout.ep",
        `EP ${cut.ep} does not divide the ${accelerators / cut.pp} accelerators of a pipeline stage.`,
      ),
    );
  if (cut.sharding === "none" && dp > 1 && plan.framework === "ktransformers")
    found.push(
      layout("layout.sharding", `With more than one GPU KTransformers needs FSDP: layout.sharding "full".`),
    );
  if (training.globalBatch % (dp * training.microBatch) !== 0)
    found.push(
      layout(
        "training.globalBatch",
        `${training.globalBatch} sequences a step are no multiple of ${dp} data-parallel ranks x ${training.microBatch}.`,
      ),
    );
  return found;
}

/** What a framework's own settings cannot say: more machines, ways of recomputation, where moments lie. */
function refuseMachine({ cluster, training, framework }: FinetunePlan, offer: ReleasedOffer): Infeasible[] {
  const found: Infeasible[] = [];
  const engine = (path: string, message: string) => found.push({ kind: "engine", path, message });
  if (cluster.nodes > 1 && offer.experts === "cpu")
    engine("cluster.nodes", `${offer.name} trains on one machine: its experts lie in that host's memory.`);
  if (training.recompute === "selective" && !isMegatron({ framework }))
    engine(
      "training.recompute",
      `${offer.name} recomputes whole layers or nothing: recompute "full" or "none".`,
    );
  if (training.optimizer === "paged-adamw-8bit" && isMegatron({ framework }))
    engine(
      "training.optimizer",
      `${offer.name} has no paged optimizer: "adamw-8bit", or layout.offload "optimizer".`,
    );
  return found;
}

function shardingWord(sharding: FinetunePlan["layout"]["sharding"]): string {
  return { none: "nothing", optimizer: "the optimizer", gradients: "gradients too", full: "parameters too" }[
    sharding
  ];
}

function expertReason(offer: ReleasedOffer): string {
  return offer.experts === "cpu"
    ? `${offer.name} computes routed experts on the host: layout.experts "cpu".`
    : `${offer.name} computes routed experts on accelerators; KTransformers does it on the host.`;
}
