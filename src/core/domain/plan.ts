/**
 * The plan, version 1: the one document that everything starts from. The form edits it, the URL
 * carries it, the command line reads it, the kit embeds it. Plain JSON; fields that do not apply or
 * that follow the engine version's default are absent.
 */
import type { GgmlType } from "./tensor.ts";

export const PLAN_VERSION = 1;

export type ModelId = string;
export type AcceleratorId = string;
export type HostId = string;
export type FabricId = string;
/** `bf16 fp8 int8 awq-int4 w4afp8 nvfp4 mxfp4` ... or `gguf:TYPE`, or `gguf:custom` with `options.weightsBytes`. */
export type WeightsId = string;
export type KvCacheType =
  "bf16" | "fp8" | "f32" | "f16" | "q8_0" | "q5_1" | "q5_0" | "q4_1" | "q4_0" | "iq4_nl";
export type EngineId =
  | "vllm"
  | "sglang"
  | "tensorrt-llm"
  | "llama.cpp"
  | "ik_llama.cpp"
  | "ollama"
  | "ktransformers"
  | "mlx"
  | "lmdeploy"
  | "atom";
export type Speculative = "off" | "mtp1" | "mtp2" | "mtp3" | "mtp4" | "mtp5";

export interface ClusterPlan {
  /** Absent for a CPU-only run (`acceleratorsPerNode` 0). */
  readonly accelerator?: AcceleratorId;
  readonly acceleratorsPerNode: number;
  readonly nodes: number;
  readonly host?: HostId;
  readonly sockets?: number;
  readonly hostMemoryGiB?: number;
  /** B/s over all sockets, where known better than the host id tells. */
  readonly hostMemoryBandwidth?: number;
  readonly fabric?: FabricId;
}

/** Where the routed experts live: all on accelerators, all in host memory, or the first n MoE layers in host memory. */
export type ExpertPlacement = "gpu" | "cpu" | { readonly cpuLayers: number };

/** One instance of a disaggregated service. */
export interface InstanceLayout {
  readonly gpus: number;
  readonly tp: number;
  readonly pp: number;
  readonly dpAttention: number;
  readonly ep: number;
}

export interface DisaggregatedLayout {
  readonly prefill: InstanceLayout;
  readonly decode: InstanceLayout;
  readonly prefillReplicas: number;
  readonly decodeReplicas: number;
}

/**
 * How one replica is cut over ranks. `tp` counts all ranks of the expert (FFN) group: attention TP
 * is `tp / dpAttention`, a replica has `tp * pp` ranks. llama.cpp's layer split over n devices is
 * `pp: n, tp: 1`.
 */
export interface LayoutPlan {
  readonly tp: number;
  readonly pp: number;
  readonly dpAttention: number;
  readonly ep: number;
  /** Decode-context parallelism: the cache is spread over this many TP ranks. */
  readonly dcp: number;
  readonly replicas: number;
  readonly experts: ExpertPlacement;
  readonly disaggregated: DisaggregatedLayout | null;
}

/**
 * How a length spreads around the plan's mean. The shape alone: the mean is `inputTokens` or
 * `outputTokens`, so that a change of it moves the whole distribution.
 */
export type LengthSpread =
  | { readonly kind: "lognormal"; readonly p90OverMedian: number }
  /** Quantiles as `encodeSketch` writes them, version first. */
  | { readonly kind: "sketch"; readonly sketch: string };

/** Lengths of requests as a link can carry them. A side that is absent is the same for every request. */
export interface LengthsPlan {
  readonly input?: LengthSpread;
  readonly output?: LengthSpread;
  /** Of prompt and answer, by ranks (Spearman), -1 .. 1; absent: 0. */
  readonly rankCorrelation?: number;
}

/** Requests of an open load that come in bursts: gamma gaps with this coefficient of variation; 1 is Poisson. */
export interface ArrivalsPlan {
  readonly gapVariation: number;
}

export interface WorkloadPlan {
  /** Mean of all requests where `lengths` gives their spread. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Requests in flight over the whole cluster. Exactly one of `concurrency` and `requestsPerSecond`. */
  readonly concurrency?: number;
  readonly requestsPerSecond?: number;
  /** Share (0..1) of the prompt found in the prefix cache. */
  readonly prefixHitRate: number;
  /** Tokens already in the cache before the prompt. */
  readonly contextDepth?: number;
  /** Absent: every request has the lengths above. */
  readonly lengths?: LengthsPlan;
  /** Only with `requestsPerSecond`; absent: Poisson. */
  readonly arrivals?: ArrivalsPlan;
}

/** Engine settings that change the answer. An absent one is the engine version's default. */
export interface OptionsPlan {
  readonly engineVersion?: string;
  readonly maxRunningRequests?: number;
  readonly chunkedPrefill?: number;
  readonly memFraction?: number;
  readonly contextLength?: number;
  /** Decode steps between two looks at the waiting queue. */
  readonly schedulerInterval?: number;
  /** llama.cpp family: physical and logical batch, slots, threads, NUMA policy. */
  readonly ubatch?: number;
  readonly batch?: number;
  readonly slots?: number;
  readonly threads?: number;
  readonly numa?: "none" | "distribute" | "isolate" | "duplicate";
  readonly flashAttention?: boolean;
  /** Copy host expert tensors to the GPU for large batches (llama.cpp's op offload). */
  readonly opOffload?: boolean;
  /** GGUF made with an importance matrix. */
  readonly imatrix?: boolean;
  /** GGUF keeps the multi-token-prediction layer. */
  readonly mtpLayer?: boolean;
  /** Types of single tensors of a GGUF file, before the type's own mix: the first pattern found in a name decides. */
  readonly tensorTypes?: readonly { readonly pattern: string; readonly type: GgmlType }[];
  /** File size of `gguf:custom` weights, bytes. */
  readonly weightsBytes?: number;
  /** Tokens accepted a step with speculative decoding on (1 + accepted drafts). */
  readonly acceptanceLength?: number;
  /** True expert layout where an engine takes it apart from `layout.ep`. */
  readonly moeTp?: number;
}

export interface SloPlan {
  readonly ttftMs?: number;
  readonly tpotMs?: number;
}

/** What owning costs, where the reader knows better than the catalog. */
export interface OwnPlan {
  readonly usdPerAccelerator?: number;
  /** Server, network and rack on top of the accelerator, as a share of its price. */
  readonly systemPriceShare?: number;
  readonly amortisationYears?: number;
  /** At the wall, with its share of host and cooling. */
  readonly wattsPerAccelerator?: number;
  readonly powerUsageEffectiveness?: number;
  readonly usdPerKilowattHour?: number;
  readonly colocationUsdPerKilowattMonth?: number;
}

/** What the accelerators cost: an offer of the catalog by provider and term, or the reader's own rate. */
export interface PricePlan {
  readonly provider?: string;
  readonly term?: "on-demand" | "spot" | "reserved-1y" | "reserved-3y";
  readonly usdPerAcceleratorHour?: number;
  readonly own?: OwnPlan;
}

/** What the kit's serve/ folder is for. Absent in a plan: bare shell with systemd, and compose beside it. */
export type Target = "shell" | "compose" | "kubernetes" | "slurm" | "ray";

export interface Plan {
  readonly version: 1;
  readonly goal: "serve";
  readonly model: ModelId;
  readonly weights: WeightsId;
  /** Absent: the engine's default for these weights. */
  readonly kvCache?: KvCacheType;
  readonly engine: EngineId;
  readonly cluster: ClusterPlan;
  readonly layout: LayoutPlan;
  readonly workload: WorkloadPlan;
  readonly speculative: Speculative;
  readonly options: OptionsPlan;
  readonly slo: SloPlan;
  readonly price?: PricePlan;
  readonly target?: Target;
}

/** Of the whole cluster; 0 for a CPU-only one. */
export function acceleratorsOf(cluster: Pick<ClusterPlan, "acceleratorsPerNode" | "nodes">): number {
  return cluster.acceleratorsPerNode * cluster.nodes;
}

/** Ranks of one replica (aggregated layouts). */
export function ranksPerReplica(layout: LayoutPlan): number {
  return layout.tp * layout.pp;
}

const SEQUENTIAL_ENGINES: ReadonlySet<EngineId> = new Set([
  "llama.cpp",
  "ik_llama.cpp",
  "ollama",
  "ktransformers",
  "mlx",
]);

/** Whether an engine runs layers one after another instead of sharding each over its ranks. */
export function runsSequentially(engine: EngineId): boolean {
  return SEQUENTIAL_ENGINES.has(engine);
}
