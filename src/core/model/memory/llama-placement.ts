/** Which tensors, cache and buffers llama.cpp puts on which device. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { KvCacheType } from "../../domain/plan.ts";
import { cachedByArchitecture } from "../../tensors/cached.ts";
import { kvBytesPerTokenLayer } from "../../tensors/kv-cache.ts";
import { splitLlamaLayers } from "../../tensors/split-layers.ts";
import {
  allGpuCompute,
  draftCompute,
  hostCompute,
  hostOnlyCompute,
  hybridCompute,
  type ComputeInput,
  type HostExperts,
} from "./llama-compute.ts";
import type { LlamaContext } from "./llama-context.ts";
import { rowPadding, type PlacementBytes } from "./placement-bytes.ts";

export interface LlamaPlacementInput {
  readonly architecture: MlaArchitecture;
  readonly bytes: PlacementBytes;
  readonly context: LlamaContext;
  readonly cacheType: KvCacheType;
  /** GPUs; 0: everything on the CPU. */
  readonly devices: number;
  /** Layers `[first, end)` whose routed experts stay in host memory. */
  readonly hostExperts: readonly [first: number, end: number];
  readonly flashAttention: boolean;
  readonly opOffload: boolean;
  /** The MTP layer is loaded and drafts in a context of its own. */
  readonly drafts: boolean;
}

export interface DeviceBuffers {
  readonly weights: number;
  /** Routed experts among the weights. */
  readonly experts: number;
  readonly kvCache: number;
  readonly compute: number;
}

export interface LlamaPlacement {
  readonly devices: readonly DeviceBuffers[];
  readonly host: DeviceBuffers;
}

const UNQUANTIZED: ReadonlySet<KvCacheType> = new Set(["f32", "f16", "bf16", "fp8"]);

interface DeviceWeights {
  weights: number;
  experts: number;
  layers: number;
}

interface Split {
  readonly devices: readonly Readonly<DeviceWeights>[];
  readonly hostWeights: number;
  readonly hostExpertBytes: number;
  readonly largest: number;
  readonly largestRemotePair: number;
}

const empty = (): DeviceWeights => ({ weights: 0, experts: 0, layers: 0 });

/** Layers over equal devices; embedding, and the experts of `hostExperts`, to the host. */
function splitWeights(input: LlamaPlacementInput): Split {
  const { architecture: a, bytes, devices: count, hostExperts } = input;
  const owner = splitLlamaLayers(a.layerCount, a.layerCount + 1, new Array<number>(count).fill(1));
  const devices = Array.from({ length: count }, empty);
  let hostWeights = bytes.tokenEmbedding;
  let hostExpertBytes = 0;
  let largest = 0;
  let largestRemotePair = 0;
  bytes.layers.forEach((layer, index) => {
    const isMtp = index >= a.layerCount;
    if (isMtp && !input.drafts) return;
    const deviceIndex = owner[Math.min(index, a.layerCount)] ?? 0;
    const device = devices[deviceIndex];
    if (!device) return;
    device.weights += layer.rest + layer.gpuPadding;
    if (!isMtp) device.layers += 1;
    if (index >= hostExperts[0] && index < hostExperts[1]) {
      hostWeights += layer.experts;
      hostExpertBytes += layer.experts;
      largest = Math.max(largest, layer.largestExpert);
      if (deviceIndex > 0) largestRemotePair = Math.max(largestRemotePair, layer.expertPair);
    } else {
      device.weights += layer.experts;
      device.experts += layer.experts;
    }
  });
  const last = devices[owner[a.layerCount] ?? 0];
  if (last) last.weights += bytes.output;
  return { devices, hostWeights, hostExpertBytes, largest, largestRemotePair };
}

const cachedSplit = cachedByArchitecture<Split>();
const splitKeys = new WeakMap<PlacementBytes, number>();
let nextKey = 0;

function splitOf(input: LlamaPlacementInput): Split {
  let id = splitKeys.get(input.bytes);
  if (id === undefined) splitKeys.set(input.bytes, (id = nextKey++));
  const key = `${id}|${input.devices}|${input.hostExperts[0]}|${input.hostExperts[1]}|${input.drafts}`;
  return cachedSplit(input.architecture, key, () => splitWeights(input));
}

/** All on the CPU: the file, the cache, one compute buffer. */
function onHost(input: LlamaPlacementInput, compute: ComputeInput): LlamaPlacement {
  const { architecture: a, bytes, context, cacheType, drafts } = input;
  const layers = bytes.layers.filter((_, index) => index < a.layerCount || drafts);
  const experts = layers.reduce((sum, layer) => sum + layer.experts, 0);
  const rest = layers.reduce((sum, layer) => sum + layer.rest, 0);
  const cachedLayers = a.layerCount + (drafts ? a.mtpLayerCount : 0);
  return {
    devices: [],
    host: {
      weights: rest + experts + bytes.tokenEmbedding + bytes.output,
      experts,
      kvCache: cachedLayers * context.total * kvBytesPerTokenLayer(a, cacheType),
      compute: hostOnlyCompute(compute) + (drafts ? draftCompute(compute) : 0),
    },
  };
}

/**
 * Buffers of every device and of the host for one context.
 *
 * The output goes with the last slot of the layer split, and so does the MTP layer with its own cache and
 * compute buffer. A quantized cache takes one padded row more a layer on a GPU.
 */
export function placeOnDevices(input: LlamaPlacementInput): LlamaPlacement {
  const { architecture: a, context, cacheType, devices: count, hostExperts } = input;
  const quantizedCache = !UNQUANTIZED.has(cacheType);
  const compute: ComputeInput = {
    ubatch: context.ubatch,
    contextPerStream: context.perSlot,
    flashAttention: input.flashAttention,
    outputs: context.slots,
    quantizedCache,
  };
  if (count === 0) return onHost(input, compute);
  const split = splitOf(input);
  const { opOffload } = input;
  const { largest, largestRemotePair } = split;
  const host: HostExperts | null =
    hostExperts[1] > hostExperts[0] ? { opOffload, largest, largestRemotePair } : null;
  const padding = cacheRowPadding(a, cacheType);
  const perLayer = context.total * kvBytesPerTokenLayer(a, cacheType) + padding;
  const devices = split.devices.map(({ weights, experts, layers }, index) => {
    const own = host ? hybridCompute(compute, index, count, host) : allGpuCompute(compute, index, count);
    const draft = input.drafts && index === count - 1;
    return {
      weights,
      experts,
      kvCache: (layers + (draft ? a.mtpLayerCount : 0)) * perLayer,
      compute: own + (draft ? draftCompute(compute) : 0),
    };
  });
  return {
    devices,
    host: {
      weights: split.hostWeights,
      experts: split.hostExpertBytes,
      kvCache: 0,
      compute: hostCompute(compute, count, host),
    },
  };
}

/** Rows of 576 elements end on 1,024 in a GPU's quantized cache; one row's worth is added to a layer. */
function cacheRowPadding(a: MlaArchitecture, cacheType: KvCacheType): number {
  if (UNQUANTIZED.has(cacheType)) return 0;
  return rowPadding(
    cacheType as "q8_0" | "q5_1" | "q5_0" | "q4_1" | "q4_0" | "iq4_nl",
    a.kvLoraRank + a.ropeHeadDim,
  );
}
