/**
 * KTransformers and MLX, by analogy: what they place where is known, what their runtimes take is not.
 *
 * KTransformers 0.7 runs SGLang on the GPUs and keeps routed experts in host memory. MLX keeps everything
 * in unified memory, split by layers over machines.
 */
import type { MemoryEstimate, Note, RankMemory } from "../../domain/estimate.ts";
import type { Infeasible } from "../../domain/infeasible.ts";
import type { Plan } from "../../domain/plan.ts";
import { kvBytesPerTokenLayer } from "../../tensors/kv-cache.ts";
import { splitLayers } from "../../tensors/split-layers.ts";
import { activationPeak } from "./activation-peak.ts";
import { checkCount, checkInstance } from "./check-layout.ts";
import { hostCapacity } from "./host-capacity.ts";
import { chunkedPrefill } from "./instance-memory.ts";
import type { MemoryFacts } from "./memory-facts.ts";
import { COMMUNICATORS, CONTEXT } from "./memory-parameters.ts";
import { acceleratorConstraints, hostConstraint } from "./memory-verdict.ts";
import { hostExpertLayers, placementBytes, type PlacementBytes } from "./placement-bytes.ts";
import type { MemoryAnswer } from "./server-memory.ts";
import { workloadTokens, type WorkloadTokens } from "./workload-tokens.ts";

interface Kin {
  readonly plan: Plan;
  readonly facts: MemoryFacts;
  readonly bytes: PlacementBytes;
  readonly need: WorkloadTokens;
  readonly kvPerLayer: number;
}

/** Layers `[first, first + count)` of one stage, without the experts that the host keeps. */
function stageWeights(kin: Kin, first: number, count: number): { rest: number; experts: number } {
  const { bytes, plan, facts } = kin;
  const [hostFirst, hostEnd] = hostExpertLayers(facts.model.architecture, plan.layout.experts);
  let rest =
    (first === 0 ? bytes.tokenEmbedding : 0) + (first + count >= bytes.layers.length ? bytes.output : 0);
  let experts = 0;
  bytes.layers.slice(first, first + count).forEach((layer, i) => {
    rest += layer.rest;
    if (first + i < hostFirst || first + i >= hostEnd) experts += layer.experts;
  });
  return { rest, experts };
}

function acceleratorRanks(kin: Kin): RankMemory[] {
  const { plan, facts, need, kvPerLayer } = kin;
  const { device, model } = facts;
  const { tp, pp } = plan.layout;
  if (!device) return [];
  const activations = activationPeak({
    architecture: model.architecture,
    tokens: Math.min(chunkedPrefill(plan, facts), need.longest),
    tp,
    dpAttention: 1,
    ep: 1,
    logitRows: need.users,
    groupedGemm: false,
  });
  const runtime = device.capacity - device.usable + CONTEXT.bytes + (tp > 1 ? COMMUNICATORS.bytes : 0);
  let first = 0;
  return splitLayers(model.architecture.layerCount, pp, plan.engine).flatMap((count, stage) => {
    const { rest, experts } = stageWeights(kin, first, count);
    first += count;
    const weights = (rest + experts) / tp;
    const kvCache = need.total * count * kvPerLayer;
    const total = weights + kvCache + activations + runtime;
    return Array.from({ length: tp }, (_, i): RankMemory => ({
      name: `GPU ${stage * tp + i}`,
      kind: "accelerator",
      weights,
      weightsByGroup: { routedExperts: experts / tp, other: rest / tp },
      kvCache,
      kvCacheNeeded: kvCache,
      activations,
      runtime,
      total,
      capacity: device.capacity,
      spare: device.capacity - total,
    }));
  });
}

/** Experts in host memory; none for MLX, whose memory is one. */
function hostRank(kin: Kin): { readonly rank: RankMemory; readonly notes: readonly Note[] } | null {
  const { bytes, plan, facts } = kin;
  const [first, end] = hostExpertLayers(facts.model.architecture, plan.layout.experts);
  if (plan.engine !== "ktransformers" || end === first) return null;
  const experts = bytes.layers.slice(first, end).reduce((sum, layer) => sum + layer.experts, 0);
  const { capacity, notes } = hostCapacity(plan, facts, experts, 0);
  const rank: RankMemory = {
    name: "Host",
    kind: "host",
    weights: experts,
    weightsByGroup: { routedExperts: experts, other: 0 },
    kvCache: 0,
    kvCacheNeeded: 0,
    activations: 0,
    runtime: 0,
    total: experts,
    capacity,
    spare: capacity - experts,
  };
  return { rank, notes };
}

/** Memory of KTransformers and MLX plans; every figure of it is marked assumed. */
export function estimateKin(plan: Plan, facts: MemoryFacts): MemoryAnswer {
  const { architecture } = facts.model;
  const { tp, pp, replicas } = plan.layout;
  const instance = { prefix: "", tp, pp, dpAttention: 1, ep: 1, dcp: 1, replicas, holdsWholeRequests: true };
  const uncut: Infeasible[] = checkInstance({ ...plan, weights: "bf16" }, architecture, instance);
  const bytes = placementBytes(architecture, plan.weights, {
    imatrix: plan.options.imatrix === true,
    mtpLayer: false,
    weightsBytes: plan.options.weightsBytes,
    ...(plan.options.tensorTypes ? { tensorTypes: plan.options.tensorTypes } : {}),
  });
  if (!bytes) {
    uncut.push({
      kind: "missing-fact",
      path: "weights",
      message: `The size of ${plan.weights} weights is not known.`,
    });
  }
  if (!facts.device) {
    const message = `${facts.engineName} needs an accelerator, and the cluster has none.`;
    uncut.push({ kind: "engine", path: "cluster.acceleratorsPerNode", message });
  }
  if (uncut.length > 0 || !bytes || !facts.device) return { memory: null, infeasible: uncut, notes: [] };
  const need = workloadTokens(plan.workload, replicas, facts.defaults.kvBlockTokens.value);
  const kvPerLayer = kvBytesPerTokenLayer(architecture, facts.kvCache);
  const kin: Kin = { plan, facts, bytes, need, kvPerLayer };
  const ranks = acceleratorRanks(kin);
  const host = hostRank(kin);
  if (host) ranks.push(host.rank);
  return answer(kin, ranks, host?.notes ?? []);
}

function answer(kin: Kin, ranks: readonly RankMemory[], hostNotes: readonly Note[]): MemoryAnswer {
  const { plan, facts, bytes, need, kvPerLayer } = kin;
  let tokens = Infinity;
  for (const { kind, kvCache, spare = 0 } of ranks) {
    if (kind === "accelerator") tokens = Math.min(tokens, need.total * (1 + spare / kvCache));
  }
  tokens = Math.max(0, Math.floor(tokens));
  const users = Math.max(0, Math.floor((tokens - need.shared) / need.perUser)) * plan.layout.replicas;
  const memory: MemoryEstimate = {
    ranks,
    kvCacheTokens: tokens,
    kvCacheTokensNeeded: need.total,
    kvBytesPerToken: kvPerLayer * facts.model.architecture.layerCount,
    concurrencyLimit: users,
    weightsBytes: bytes.total,
    basis: "assumed",
  };
  const infeasible = [
    ...checkCount(plan),
    ...acceleratorConstraints({
      ranks,
      device: facts.device?.accelerator.shortName ?? "",
      engine: facts.engineName,
      weightsBytes: bytes.total,
      tokens,
      tokensNeeded: need.total,
      users,
      usersAsked: plan.workload.concurrency ?? 1,
    }),
    ...ranks.filter(({ kind }) => kind === "host").flatMap(hostConstraint),
  ];
  const message = `The runtime and buffers of ${facts.engineName} are assumed: no memory log of it is complete.`;
  return { memory, infeasible, notes: [{ kind: "assumption", message, path: "engine" }, ...hostNotes] };
}
