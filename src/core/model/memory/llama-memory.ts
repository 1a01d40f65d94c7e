/** Memory of llama.cpp and its kin: whole layers over devices, experts and embedding in host memory. */
import type { MemoryEstimate, Note, RankMemory } from "../../domain/estimate.ts";
import type { Infeasible } from "../../domain/infeasible.ts";
import type { Plan } from "../../domain/plan.ts";
import type { EstimateBasis } from "../../domain/provenance.ts";
import { formatCount } from "../../units/format.ts";
import { kvBytesPerTokenLayer } from "../../tensors/kv-cache.ts";
import { checkCount } from "./check-layout.ts";
import { hostCapacity } from "./host-capacity.ts";
import { llamaContext, type LlamaContext } from "./llama-context.ts";
import { placeOnDevices, type DeviceBuffers, type LlamaPlacement } from "./llama-placement.ts";
import type { MemoryFacts } from "./memory-facts.ts";
import { LLAMA_CONTEXT, LLAMA_PROMPT_CACHE } from "./memory-parameters.ts";
import { acceleratorConstraints, firstShortage, hostConstraint } from "./memory-verdict.ts";
import { hostExpertLayers, placementBytes, type PlacementBytes } from "./placement-bytes.ts";
import type { MemoryAnswer } from "./server-memory.ts";

const refuse = (infeasible: Infeasible): MemoryAnswer => ({
  memory: null,
  infeasible: [infeasible],
  notes: [],
});

function checkLayers(plan: Plan, facts: MemoryFacts): Infeasible | undefined {
  const { layout } = plan;
  const most = facts.model.architecture.layerCount + 1;
  const layer = (path: string, message: string): Infeasible => ({ kind: "layout", path, message });
  const single = (["tp", "dpAttention", "ep", "dcp"] as const).find((key) => layout[key] > 1);
  if (single !== undefined) {
    return layer(
      `layout.${single}`,
      `${facts.engineName} splits this model by layers: use PP, one stage a device.`,
    );
  }
  if (layout.disaggregated !== null) {
    return layer(
      "layout.disaggregated",
      `${facts.engineName} has no split into prefill and decode instances.`,
    );
  }
  if (layout.pp > most)
    return layer("layout.pp", `${most} layers and head do not fill ${layout.pp} devices.`);
  return undefined;
}

/** One rank of the estimate. `spare` is what the device keeps free: nothing else takes it. */
function rank(
  name: string,
  kind: RankMemory["kind"],
  buffers: DeviceBuffers,
  runtime: number,
  capacity: number,
  usedShare: number,
): RankMemory {
  const { weights, experts, kvCache, compute } = buffers;
  const total = weights + kvCache + compute + runtime;
  return {
    name,
    kind,
    weights,
    weightsByGroup: { routedExperts: experts, other: weights - experts },
    kvCache,
    kvCacheNeeded: kvCache * usedShare,
    activations: compute,
    runtime,
    total,
    capacity,
    spare: capacity - total,
  };
}

/** Users whose context every rank holds: those of the plan and as many more as fit, or as many fewer. */
function slotsThatFit(ranks: readonly RankMemory[], context: LlamaContext): number {
  let slots = Infinity;
  for (const { kvCache, spare = 0 } of ranks) {
    if (kvCache > 0) slots = Math.min(slots, context.slots + Math.floor(spare / (kvCache / context.slots)));
    else if (spare < 0) slots = 0;
  }
  return Math.max(0, slots);
}

function ranksOf(
  plan: Plan,
  facts: MemoryFacts,
  placed: LlamaPlacement,
  usedShare: number,
): { readonly ranks: RankMemory[]; readonly notes: readonly Note[] } {
  const { device } = facts;
  const ranks: RankMemory[] = [];
  let unified = 0;
  if (device) {
    const runtime = LLAMA_CONTEXT.bytes + (device.capacity - device.usable);
    for (const buffers of placed.devices) {
      const name = `GPU ${ranks.length}`;
      ranks.push(rank(name, "accelerator", buffers, runtime, device.capacity, usedShare));
    }
    if (device.accelerator.kind === "unified-memory") unified = ranks[0]?.total ?? 0;
  }
  const promptCache = plan.engine === "llama.cpp" ? LLAMA_PROMPT_CACHE.bytes : 0;
  const { weights, kvCache, compute } = placed.host;
  const needed = weights + kvCache + compute + promptCache;
  const { capacity, notes } = hostCapacity(plan, facts, needed, unified);
  ranks.push(rank("Host", "host", placed.host, promptCache, capacity, usedShare));
  return { ranks, notes };
}

/**
 * Memory of llama.cpp, ik_llama.cpp and Ollama on CPU, on GPUs by layer split, and with experts on the host.
 *
 *   GPU   layers' tensors + layers * context * kvBytesPerTokenLayer + compute buffer + context
 *   host  token embedding, host experts, compute buffer, prompt cache of llama-server
 *
 * Weights and cache are llama.cpp's own to the byte, compute buffers too where `llama-compute.ts` says so;
 * other engines of the family are taken as alike. The whole context is allocated at start.
 *
 * Per      rank of one replica; the host rank is the first node's.
 * Leaves   the operating system, page cache of mapped files, and repacked copies (same size, CPU only).
 * Anchor   Q4_K_M on one device, 4,096 tokens: 403,967,607,968 + 287,834,112 + 400,564,224 bytes:
 *          llama-buffers.test.ts
 */
export function estimateLlama(plan: Plan, facts: MemoryFacts): MemoryAnswer {
  const placed = place(plan, facts);
  return "kind" in placed ? refuse(placed) : summarize(plan, facts, placed);
}

/**
 * The kind that `estimateLlama` finds infeasible first, and the users that fit, without words: a search asks
 * for thousands.
 *
 * Anchor   equal to `estimateMemory` on every load: instance-memory.test.ts.
 */
export function llamaVerdict(
  plan: Plan,
  facts: MemoryFacts,
): { readonly kind: Infeasible["kind"] | undefined; readonly users: number } {
  const placed = place(plan, facts);
  if ("kind" in placed) return { kind: placed.kind, users: 0 };
  const { ranks, slots } = filled(plan, facts, placed);
  const uncut = facts.device ? checkCount(plan)[0]?.kind : undefined;
  return { kind: uncut ?? firstShortage(ranks), users: usersOf(plan, slots) };
}

interface Placed {
  readonly bytes: PlacementBytes;
  readonly context: LlamaContext;
  readonly placement: LlamaPlacement;
}

function place(plan: Plan, facts: MemoryFacts): Placed | Infeasible {
  const wrong = checkLayers(plan, facts);
  if (wrong) return wrong;
  const { architecture } = facts.model;
  const bytes = placementBytes(architecture, plan.weights, {
    imatrix: plan.options.imatrix === true,
    mtpLayer: plan.options.mtpLayer === true,
    weightsBytes: plan.options.weightsBytes,
    ...(plan.options.tensorTypes ? { tensorTypes: plan.options.tensorTypes } : {}),
  });
  if (!bytes) {
    const message = `The size of ${plan.weights} weights is not known.`;
    return { kind: "missing-fact", path: "weights", message };
  }
  const context = llamaContext(plan, facts);
  const placement = placeOnDevices({
    architecture,
    bytes,
    context,
    cacheType: facts.kvCache,
    devices: facts.device ? plan.layout.pp : 0,
    hostExperts: hostExpertLayers(architecture, facts.device ? plan.layout.experts : "cpu"),
    flashAttention: plan.options.flashAttention !== false,
    opOffload: plan.options.opOffload !== false,
    drafts: plan.speculative !== "off",
  });
  return { bytes, context, placement };
}

function filled(plan: Plan, facts: MemoryFacts, { context, placement }: Placed) {
  const needed = tokensNeeded(plan, context);
  const { ranks, notes } = ranksOf(plan, facts, placement, needed / context.total);
  return { needed, ranks, notes, slots: slotsThatFit(ranks, context) };
}

/** Over all replicas. */
const usersOf = ({ options, layout }: Plan, slots: number): number =>
  Math.min(slots, options.slots ?? Infinity) * layout.replicas;

/** Tokens that the workload fills, of those that the context holds. */
function tokensNeeded(plan: Plan, context: LlamaContext): number {
  const { inputTokens, outputTokens, contextDepth = 0, concurrency = 1 } = plan.workload;
  const users = Math.min(context.slots, Math.ceil(concurrency / plan.layout.replicas));
  return users * (inputTokens + outputTokens + contextDepth);
}

function basisOf(plan: Plan, bytes: PlacementBytes): EstimateBasis {
  if (!bytes.exact) return "assumed";
  return plan.engine === "llama.cpp" ? "calibrated" : "extrapolated";
}

function summarize(plan: Plan, facts: MemoryFacts, placed: Placed): MemoryAnswer {
  const { bytes, context } = placed;
  const { architecture } = facts.model;
  const { needed, ranks, notes, slots } = filled(plan, facts, placed);
  const users = usersOf(plan, slots);
  const tokens = Math.min(slots, context.slots) * context.perSlot;
  const perToken = kvBytesPerTokenLayer(architecture, facts.kvCache) * architecture.layerCount;
  const memory: MemoryEstimate = {
    ranks,
    kvCacheTokens: tokens,
    kvCacheTokensNeeded: needed,
    kvBytesPerToken: perToken,
    concurrencyLimit: users,
    weightsBytes: bytes.total,
    basis: basisOf(plan, bytes),
  };
  const infeasible = [
    ...(facts.device ? checkCount(plan) : []),
    ...acceleratorConstraints({
      ranks,
      device: facts.device?.accelerator.shortName ?? "",
      engine: facts.engineName,
      weightsBytes: bytes.total,
      tokens,
      tokensNeeded: needed,
      users,
      usersAsked: plan.workload.concurrency ?? 1,
    }),
    ...ranks.filter(({ kind }) => kind === "host").flatMap(hostConstraint),
  ];
  return { memory, infeasible, notes: [...notes, ...llamaNotes(plan, facts, context, bytes)] };
}

function llamaNotes(plan: Plan, facts: MemoryFacts, context: LlamaContext, bytes: PlacementBytes): Note[] {
  const notes: Note[] = [];
  const note = (kind: Note["kind"], message: string, path: string): void => {
    notes.push({ kind, message, path });
  };
  if (!bytes.exact) {
    note("assumption", "Only the file's size is known: how it spreads over layers is assumed.", "weights");
  }
  if (plan.engine !== "llama.cpp") {
    const message = `Compute buffers of ${facts.engineName} are taken from llama.cpp's.`;
    note("assumption", message, "engine");
  } else {
    const legacy = "Files made before llama.cpp knew MLA hold no latent cache: they take 71 times as much.";
    note("information", `The ${facts.kvCache} cache needs a GGUF with MLA tensors. ${legacy}`, "weights");
  }
  const users = Math.ceil((plan.workload.concurrency ?? 1) / plan.layout.replicas);
  if (users > context.slots) {
    const message = `The server has ${formatCount(context.slots)} slots: the other requests wait.`;
    note("warning", message, "options.slots");
  }
  return notes;
}
