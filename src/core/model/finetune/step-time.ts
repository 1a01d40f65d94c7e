/** Time of one optimizer step, by part. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { Accelerator, Host } from "../../domain/catalog.ts";
import type { StepPart } from "../../domain/finetune-estimate.ts";
import type { FinetunePlan } from "../../domain/finetune-plan.ts";
import type { EstimateBasis } from "../../domain/provenance.ts";
import { isMegatron } from "./activations.ts";
import { BASE_BYTES, modelParameters } from "./base-weights.ts";
import { cutOf, type Cut } from "./cut.ts";
import { hostExperts } from "./host-experts.ts";
import { FINETUNE } from "./parameters.ts";

/**
 * How much longer than its roofline a run takes: overheads of launches, routing, small products and imperfect
 * overlap. Median over the published runs of that class (finetune-evidence.test.ts prints each); `low` and
 * `high` hold four of five of them.
 */
const SLOWDOWN = {
  /** Megatron on NVL72: Megatron-Bridge on GB200 and GB300. */
  nvl72: { value: 1.5, low: 0.75, high: 1.25, basis: "calibrated" },
  /** Megatron on nodes of eight Blackwell GPUs: B200, B300. */
  blackwell: { value: 2.2, low: 0.85, high: 1.35, basis: "calibrated" },
  /** Megatron elsewhere: one run on 1,024 H100. */
  other: { value: 1.18, low: 0.75, high: 1.5, basis: "calibrated" },
  /** Hugging Face with grouped expert products: layers of the model on one H200 (lora_h200_slices). */
  peft: { value: 2.5, low: 0.7, high: 2, basis: "extrapolated" },
} as const satisfies Record<string, { value: number; low: number; high: number; basis: EstimateBasis }>;

/** Unpacking four-bit blocks: bytes read and written for one weight. */
const UNPACKED_BYTES = 2 + 0.52;

/**
 * Bytes that an update reads and writes for one trained weight: its gradient once, the FP32 weight and both moments
 * twice. Derived from the optimizers' own states; pages to the host are left out.
 */
const UPDATE_BYTES = { adamw: 28, "adamw-8bit": 16, "paged-adamw-8bit": 16 } as const;

export interface StepTimeFacts {
  readonly architecture: MlaArchitecture;
  readonly accelerator: Accelerator;
  readonly host?: Host;
  readonly trainable: number;
  /** The multi-token-prediction layer trains along, as in pre-training runs. */
  readonly mtp?: boolean;
}

export interface StepTime {
  readonly parts: readonly StepPart[];
  readonly low: number;
  readonly high: number;
  readonly basis: EstimateBasis;
  /** Operations of the model in the step, nothing recomputed. */
  readonly modelFlop: number;
}

/**
 * Time of one optimizer step over the whole cluster.
 *
 *   (products + attention + elementwise + exchange of experts) x slowdown of the framework
 *   + gathering of sharded layers + unpacking of low-bit bases + experts on the host
 *   + bubble of the pipeline, + reduction of gradients + optimizer
 *
 * Products   2 operations a weight and token forward; backward the same for frozen weights, twice for trained
 *            ones; once more where the forward pass is recomputed
 * Throws     never; a missing peak or link is told by `timeFault`
 */
export function stepTime(plan: FinetunePlan, facts: StepTimeFacts): StepTime {
  const cut = cutOf(plan);
  const passes = passesOf(plan);
  const device = deviceParts(plan, facts, cut, passes);
  const slowdown = slowdownOf(plan, facts.accelerator);
  const slowed = device.map((part) => ({ ...part, seconds: part.seconds * slowdown.value }));
  const expertsOnHost = plan.layout.experts === "cpu" ? hostExperts(plan, facts) : null;
  const moved = [...slowed, ...gatherParts(plan, facts, cut, passes), ...(expertsOnHost?.parts ?? [])];
  const busy = moved.reduce((sum, { seconds }) => sum + seconds, 0);
  const { pp } = plan.layout;
  const bubble = pp > 1 ? (busy * (pp - 1)) / cut.microBatches : 0;
  const parts = [
    ...moved,
    { name: "Pipeline bubble", hue: "runtime" as const, seconds: bubble, bound: "latency" as const },
    ...updateParts(plan, facts, cut),
  ].filter(({ seconds }) => seconds !== 0);
  const { low, high, basis } = expertsOnHost ?? slowdown;
  return { parts, low, high, basis, modelFlop: modelFlop(plan, facts) };
}

/** Why a step's time cannot be told: the path of the missing fact. */
export function timeFault(plan: FinetunePlan, { accelerator, host }: StepTimeFacts): string | undefined {
  if (accelerator.peakDense.bf16 === undefined) return `peakDense.bf16 of ${accelerator.name}`;
  if (plan.layout.experts === "cpu" && host === undefined) return "cluster.host";
  if (plan.cluster.nodes > 1 && accelerator.scaleOutPerAcceleratorOneWay === undefined)
    return `scaleOutPerAcceleratorOneWay of ${accelerator.name}`;
  if (plan.cluster.acceleratorsPerNode > 1 && nearLink(accelerator) === undefined)
    return `scaleUp or pcieOneWay of ${accelerator.name}`;
  if (plan.layout.offload === "parameters" && hostLink(accelerator) === undefined)
    return `hostLinkOneWay or pcieOneWay of ${accelerator.name}`;
  // Its memory sets the pace of an optimizer that waits there.
  if (plan.layout.offload !== "none" && host === undefined) return "cluster.host";
  return undefined;
}

/** To the other accelerators of a node, B/s one way. */
const nearLink = ({ scaleUp, pcieOneWay }: Accelerator): number | undefined =>
  scaleUp?.bandwidthPerAcceleratorOneWay.value ?? pcieOneWay?.value;

const hostLink = ({ hostLinkOneWay, pcieOneWay }: Accelerator): number | undefined =>
  hostLinkOneWay?.value ?? pcieOneWay?.value;

interface Passes {
  readonly forward: number;
  readonly backward: number;
  readonly recompute: number;
}

/** Passes over the weights of one step, in forward passes. */
export function passesOf({ method, training }: FinetunePlan): Passes {
  const recompute = { none: 0, selective: FINETUNE.selective.value, full: 1 }[training.recompute];
  return { forward: 1, backward: method === "full" ? 2 : 1, recompute };
}

/** Weights that one token passes: dense layers, its experts, the head; on the host under KTransformers. */
function activeParameters(a: MlaArchitecture, onHost: boolean, mtp: boolean): number {
  const { layers, head } = modelParameters(a);
  const share = onHost ? 0 : a.expertsPerToken / a.routedExpertCount;
  const body = layers.reduce((sum, { dense, experts }) => sum + dense + experts * share, 0);
  const last = layers.at(-1);
  const extra = mtp && last ? last.dense + last.experts * share + head + 2 * a.hiddenSize ** 2 : 0;
  return body + head + extra;
}

/** Causal attention forward, operations a token: half of the context on average. */
function coreFlop(a: MlaArchitecture, sequence: number): number {
  const width = a.nopeHeadDim + a.ropeHeadDim + a.valueHeadDim;
  const attended = a.indexer ? Math.min(a.indexer.attendedTokens, sequence / 2) : sequence / 2;
  return 2 * attended * a.headCount * width * a.layerCount;
}

function modelFlop(plan: FinetunePlan, { architecture, mtp = false }: StepTimeFacts): number {
  const tokens = plan.training.globalBatch * plan.training.sequenceTokens;
  const { forward, backward } = passesOf(plan);
  const linear = 2 * activeParameters(architecture, false, mtp) * (forward + backward);
  return tokens * (linear + 3 * coreFlop(architecture, plan.training.sequenceTokens));
}

/** Seconds of the step on one accelerator before the framework's slowdown. */
function deviceParts(plan: FinetunePlan, facts: StepTimeFacts, cut: Cut, passes: Passes): StepPart[] {
  const { architecture: a, accelerator, mtp = false } = facts;
  const { bf16, fp8 } = accelerator.peakDense;
  const peak = bf16?.value ?? Number.NaN;
  const products = plan.method === "full" && plan.base === "fp8" ? (fp8?.value ?? peak) : peak;
  const tokens = (plan.training.globalBatch * plan.training.sequenceTokens) / cut.accelerators;
  const all = passes.forward + passes.backward + passes.recompute;
  const onHost = plan.layout.experts === "cpu";
  const dense = activeParameters(a, true, mtp);
  const routed = onHost ? 0 : activeParameters(a, false, mtp) - dense;
  const core = coreFlop(a, plan.training.sequenceTokens) * (1 + 2.5 + passes.recompute);
  const elementwise = FINETUNE.elementwise.value * a.hiddenSize * a.layerCount * (all / 3);
  return [
    {
      name: "Routed experts",
      hue: "experts",
      seconds: (2 * routed * all * tokens) / products,
      bound: "compute",
    },
    {
      name: "Dense projections",
      hue: "dense",
      seconds: (2 * dense * all * tokens) / products,
      bound: "compute",
    },
    {
      name: "Attention",
      hue: "kv",
      seconds: (core * tokens) / (FINETUNE.coreShare.value * peak),
      bound: "compute",
    },
    {
      name: "Norms, gates, routing",
      hue: "act",
      seconds: (elementwise * tokens) / accelerator.memoryBandwidth.value,
      bound: "bandwidth",
    },
    {
      name: "All-to-all",
      hue: "comm",
      seconds: exchangeSeconds(plan, facts, tokens, passes),
      bound: "network",
    },
  ];
}

/** Tokens to their experts and back, forward, backward, and again where recomputed. */
function exchangeSeconds(plan: FinetunePlan, facts: StepTimeFacts, tokens: number, passes: Passes): number {
  const { architecture: a, accelerator } = facts;
  const { ep } = plan.layout;
  if (ep <= 1) return 0;
  const domain = Math.max(plan.cluster.acceleratorsPerNode, accelerator.scaleUp?.domainSize.value ?? 1);
  const nodes = Math.ceil(ep / domain);
  const rounds = 2 * (2 + Math.min(1, passes.recompute));
  const bytes = 2 * a.hiddenSize * (a.layerCount - a.denseLayerCount) * rounds * tokens;
  const up = nearLink(accelerator) ?? Number.NaN;
  // Nodes of one accelerator know the network alone.
  const within = domain === 1 ? 0 : (a.expertsPerToken * (1 - 1 / ep) * bytes) / up;
  if (nodes === 1) return within;
  const out = accelerator.scaleOutPerAcceleratorOneWay?.value ?? Number.NaN;
  return within + (Math.min(FINETUNE.routedNodes.value, nodes) * (1 - 1 / nodes) * bytes) / out;
}

/** Layers of a sharded run are put together in every pass; four-bit blocks are unpacked in every pass. */
function gatherParts(plan: FinetunePlan, facts: StepTimeFacts, cut: Cut, passes: Passes): StepPart[] {
  const { architecture, accelerator } = facts;
  const { total, experts } = modelParameters(architecture);
  const onHost = plan.layout.experts === "cpu";
  const weights = onHost ? total - experts : total;
  const parts: StepPart[] = [];
  const stored = plan.method === "full" || onHost ? 2 : BASE_BYTES[plan.base];
  if (plan.layout.sharding === "full" && cut.accelerators > 1) {
    const share = (cut.accelerators - 1) / cut.accelerators;
    const rounds = 2 + (plan.method === "full" ? 1 : 0);
    const rate = linkRate(plan, accelerator) * FINETUNE.gatherShare.value;
    const seconds = (weights * stored * share * rounds * cut.microBatches) / rate;
    parts.push({ name: "Gathering layers", hue: "comm", seconds, bound: "network" });
  }
  if (plan.layout.offload === "parameters") {
    const rate = hostLink(accelerator) ?? Number.NaN;
    const seconds = ((weights * stored) / cut.accelerators / rate) * 2 * cut.microBatches;
    parts.push({ name: "Weights from the host", hue: "runtime", seconds, bound: "host" });
  }
  if (!onHost && plan.method === "qlora") {
    const rounds = passes.forward + passes.backward + passes.recompute;
    const seconds =
      (weights * UNPACKED_BYTES * rounds * cut.microBatches) / accelerator.memoryBandwidth.value;
    parts.push({ name: "Unpacking four-bit weights", hue: "experts", seconds, bound: "bandwidth" });
  }
  return parts;
}

/** The slowest link of a collective over the whole cluster. */
function linkRate({ cluster }: FinetunePlan, accelerator: Accelerator): number {
  const up = nearLink(accelerator) ?? Number.NaN;
  if (cluster.nodes === 1) return up;
  // A ring over nodes of n GPUs crosses each node's network once: n links carry it together.
  const out = (accelerator.scaleOutPerAcceleratorOneWay?.value ?? Number.NaN) * cluster.acceleratorsPerNode;
  return cluster.acceleratorsPerNode === 1 ? out : Math.min(up, out);
}

/** STREAM where it was measured, a share of the specification elsewhere; `timeFault` asks for a host. */
const hostBandwidth = (host: Host | undefined): number =>
  host?.memoryBandwidthAchieved?.value ??
  FINETUNE.hostBandwidthShare.value * (host?.memoryBandwidthSpecification.value ?? Number.NaN);

/** Reduction of gradients, and the optimizer: on the device, or on the host where its states are. */
function updateParts(plan: FinetunePlan, facts: StepTimeFacts, cut: Cut): StepPart[] {
  const { accelerator, host, trainable } = facts;
  const mine = trainable / cut.accelerators;
  const away = plan.layout.offload !== "none";
  const perNode = trainable / plan.cluster.nodes;
  const bytes = UPDATE_BYTES[plan.training.optimizer];
  const optimizer = away
    ? (perNode * bytes) / hostBandwidth(host)
    : (mine * bytes) / accelerator.memoryBandwidth.value;
  const reduced =
    plan.layout.sharding === "full" ? 0 : (4 * trainable) / (plan.layout.pp * Math.max(1, plan.layout.ep));
  const reduce = cut.dp > 1 ? reduced / linkRate(plan, accelerator) : 0;
  return [
    { name: "Reducing gradients", hue: "comm", seconds: reduce, bound: "network" },
    { name: "Optimizer", hue: "runtime", seconds: optimizer, bound: away ? "host" : "bandwidth" },
  ];
}

function slowdownOf(plan: FinetunePlan, accelerator: Accelerator) {
  if (!isMegatron(plan)) return SLOWDOWN.peft;
  if ((accelerator.scaleUp?.domainSize.value ?? 1) > 16) return published(plan, SLOWDOWN.nvl72);
  return published(plan, accelerator.nativeFp4 ? SLOWDOWN.blackwell : SLOWDOWN.other);
}

/** Every published run trains all weights: adapters on the same kernels are an extrapolation. */
function published<S extends { value: number; low: number; high: number }>(plan: FinetunePlan, class_: S) {
  if (plan.method === "full") return { ...class_, basis: "calibrated" as EstimateBasis };
  return {
    ...class_,
    low: class_.low * 0.85,
    high: class_.high * 1.25,
    basis: "extrapolated" as EstimateBasis,
  };
}
