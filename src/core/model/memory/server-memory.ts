/** Memory of services that hold the whole model on accelerators: one kind of instance, or prefill and decode. */
import type { MemoryEstimate, Note, RankMemory } from "../../domain/estimate.ts";
import type { Infeasible } from "../../domain/infeasible.ts";
import type { InstanceLayout, Plan } from "../../domain/plan.ts";
import type { EstimateBasis } from "../../domain/provenance.ts";
import { formatCount } from "../../units/format.ts";
import { kvBytesPerTokenLayer } from "../../tensors/kv-cache.ts";
import { checkCount, checkInstance } from "./check-layout.ts";
import {
  estimateInstance,
  maxRunningRequests,
  type Instance,
  type InstanceMemory,
} from "./instance-memory.ts";
import type { DeviceMemory, MemoryFacts } from "./memory-facts.ts";
import { acceleratorConstraints } from "./memory-verdict.ts";

export interface MemoryAnswer {
  readonly memory: MemoryEstimate | null;
  readonly infeasible: readonly Infeasible[];
  readonly notes: readonly Note[];
}

interface Placed {
  readonly instance: Instance;
  readonly root: string;
}

function aggregated(plan: Plan): Instance {
  const { tp, pp, dpAttention, ep, dcp, replicas } = plan.layout;
  return { prefix: "", tp, pp, dpAttention, ep, dcp, replicas, holdsWholeRequests: true };
}

function side(layout: InstanceLayout, name: "Prefill" | "Decode", replicas: number): Instance {
  const { tp, pp, dpAttention, ep } = layout;
  const holdsWholeRequests = name === "Decode";
  return { prefix: `${name} `, tp, pp, dpAttention, ep, dcp: 1, replicas, holdsWholeRequests };
}

/** Instances of the plan; the last one is where requests stay while they are answered. */
function instancesOf(plan: Plan): readonly Placed[] {
  const d = plan.layout.disaggregated;
  if (d === null) return [{ instance: aggregated(plan), root: "layout." }];
  return [
    {
      instance: side(d.prefill, "Prefill", d.prefillReplicas),
      root: "layout.disaggregated.prefill.",
    },
    {
      instance: side(d.decode, "Decode", d.decodeReplicas),
      root: "layout.disaggregated.decode.",
    },
  ];
}

const BASIS: Partial<Readonly<Record<Plan["engine"], EstimateBasis>>> = {
  vllm: "calibrated",
  sglang: "calibrated",
};

/**
 * Memory of vLLM, SGLang, TensorRT-LLM and their kind.
 *
 * Returns layout problems without an estimate where the model does not divide; else one estimate over all
 * ranks of one replica (of one prefill and one decode instance), with the constraints that fail.
 */
export function estimateServer(plan: Plan, facts: MemoryFacts, device: DeviceMemory): MemoryAnswer {
  const placed = instancesOf(plan);
  const uncut: Infeasible[] = placed.flatMap(({ instance, root }) =>
    checkInstance(plan, facts.model.architecture, instance, root),
  );
  if (uncut.length > 0) return { memory: null, infeasible: uncut, notes: [] };
  const parts = placed.map(({ instance }) => ({
    instance,
    memory: estimateInstance(plan, facts, device, instance),
  }));
  const infeasible: Infeasible[] = checkCount(plan);
  for (const { instance, memory } of parts) {
    infeasible.push(...constraintsOf(plan, facts, device, instance, memory));
  }
  const last = parts.at(-1);
  if (!last) return { memory: null, infeasible, notes: [] };
  const ranks: RankMemory[] = parts.flatMap((part) => part.memory.ranks);
  const memory = summarize(plan, facts, last.instance, last.memory, ranks);
  return { memory, infeasible, notes: notesOf(plan, facts, last.instance, last.memory) };
}

function constraintsOf(
  plan: Plan,
  facts: MemoryFacts,
  device: DeviceMemory,
  instance: Instance,
  memory: InstanceMemory,
): Infeasible[] {
  return acceleratorConstraints({
    ranks: memory.ranks,
    device: device.accelerator.shortName,
    engine: facts.engineName,
    weightsBytes: memory.weightsBytes,
    tokens: memory.tokens,
    tokensNeeded: memory.tokensNeeded,
    users: memory.users * instance.replicas,
    usersAsked: instance.holdsWholeRequests ? (plan.workload.concurrency ?? 1) : 1,
  });
}

function summarize(
  plan: Plan,
  facts: MemoryFacts,
  instance: Instance,
  memory: InstanceMemory,
  ranks: readonly RankMemory[],
): MemoryEstimate {
  const { architecture } = facts.model;
  const mtp = plan.speculative !== "off";
  const layers = architecture.layerCount + (mtp ? architecture.mtpLayerCount : 0);
  const cap = maxRunningRequests(plan, facts);
  const perGroup = Math.min(memory.perGroup.users, cap ?? Infinity);
  return {
    ranks,
    kvCacheTokens: memory.tokens,
    kvCacheTokensNeeded: memory.tokensNeeded,
    kvBytesPerToken: layers * kvBytesPerTokenLayer(architecture, facts.kvCache),
    concurrencyLimit: perGroup * instance.dpAttention * instance.replicas,
    weightsBytes: memory.weightsBytes,
    basis: BASIS[plan.engine] ?? "assumed",
  };
}

function notesOf(plan: Plan, facts: MemoryFacts, instance: Instance, memory: InstanceMemory): Note[] {
  const notes: Note[] = [];
  if ((BASIS[plan.engine] ?? "assumed") === "assumed") {
    const message = `No memory log of ${facts.engineName} is at hand: its runtime and activations are taken from vLLM's and SGLang's logs.`;
    notes.push({ kind: "assumption", message, path: "engine" });
  }
  const cap = maxRunningRequests(plan, facts);
  const { need } = memory.perGroup;
  if (cap !== undefined && need.users > cap) {
    const running = cap * instance.dpAttention * instance.replicas;
    const message = `The engine runs at most ${formatCount(running)} requests at once: the others wait.`;
    notes.push({ kind: "warning", message, path: "options.maxRunningRequests" });
  }
  if (plan.workload.concurrency === undefined) {
    const message =
      "With an arrival rate the cache is checked for one request: how many are in flight follows from speed.";
    notes.push({ kind: "information", message, path: "workload.requestsPerSecond" });
  }
  return notes;
}
