/**
 * What the catalog holds once parsed. planner-data/*.json → core/catalog → these.
 * A missing fact is absent and whoever needs it says so; it is never zero.
 */
import type {
  Bytes,
  BytesPerSecond,
  FlopPerSecond,
  Seconds,
  Usd,
  UsdPerHour,
  UsdPerMillionTokens,
  Watts,
} from "../units/quantity.ts";
import type { MlaArchitecture } from "./architecture.ts";
import type { FrameworkId } from "./finetune-plan.ts";
import type { IntervalTable } from "./intervals.ts";
import type { AcceleratorId, EngineId, FabricId, HostId, KvCacheType, ModelId, WeightsId } from "./plan.ts";
import type { Fact } from "./provenance.ts";

export interface Source {
  readonly id: string;
  readonly title: string;
  readonly url?: string;
  readonly licence: string;
  readonly retrieved: string;
}

/** A published checkpoint that a kit can download. `revision` is a commit; absent where none is pinned. */
export interface CheckpointRepository {
  readonly weights: WeightsId;
  readonly repository: string;
  readonly revision?: string;
  readonly source: string;
}

export interface ServedBy {
  readonly engine: EngineId;
  /** The oldest version that is known to. */
  readonly since: string;
  /** What is not known of it and memory hangs on. */
  readonly unknown?: string;
  readonly source: string;
}

export interface Model {
  readonly id: ModelId;
  readonly name: string;
  readonly architecture: MlaArchitecture;
  /** Format of the vendor's checkpoint: fp8 with block scales for this family. */
  readonly nativeWeights: WeightsId;
  /** What its maker samples answers with: generation_config.json beside the weights. */
  readonly sampling: { readonly temperature: Fact<number>; readonly topP: Fact<number> };
  readonly repositories: readonly CheckpointRepository[];
  /** Engines that run it; absent where every engine does. */
  readonly servedBy?: readonly ServedBy[];
  readonly released: Fact<string>;
  readonly licence: string;
}

/** Dense peaks (no sparsity). Absent: the part has no such unit, or no fact is known. */
export interface PeakCompute {
  readonly fp32?: Fact<FlopPerSecond>;
  readonly bf16?: Fact<FlopPerSecond>;
  readonly fp8?: Fact<FlopPerSecond>;
  readonly fp4?: Fact<FlopPerSecond>;
  readonly int8?: Fact<FlopPerSecond>;
}

export type AcceleratorKind = "gpu" | "superchip" | "npu" | "tpu" | "unified-memory";

export interface Accelerator {
  readonly id: AcceleratorId;
  readonly name: string;
  /** Short name for sentences: "H200". */
  readonly shortName: string;
  readonly vendor: string;
  readonly kind: AcceleratorKind;
  /** As the driver reports it, not as the label says. */
  readonly memory: Fact<Bytes>;
  readonly memoryBandwidth: Fact<BytesPerSecond>;
  readonly peakDense: PeakCompute;
  readonly nativeFp8: boolean;
  readonly nativeFp4: boolean;
  /** Absent where the vendor publishes none (TPUs). */
  readonly powerDraw?: Fact<Watts>;
  /** Link between accelerators of one domain (NVLink, Infinity Fabric); absent: only PCIe. */
  readonly scaleUp?: {
    readonly name: string;
    readonly bandwidthPerAcceleratorOneWay: Fact<BytesPerSecond>;
    readonly domainSize: Fact<number>;
  };
  readonly pcieOneWay?: Fact<BytesPerSecond>;
  /** A host link faster than PCIe (NVLink-C2C of a superchip). */
  readonly hostLinkOneWay?: Fact<BytesPerSecond>;
  /** Network per accelerator of a usual node, one way. */
  readonly scaleOutPerAcceleratorOneWay?: Fact<BytesPerSecond>;
  /** Unified memory: the most that the GPU may wire. */
  readonly wiredLimit?: Fact<Bytes>;
  readonly listPrice?: Fact<Usd>;
  /** Achievable matmul rate where measured. */
  readonly achievedBf16?: Fact<FlopPerSecond>;
  readonly achievedFp8?: Fact<FlopPerSecond>;
  readonly launched: string;
}

export interface Host {
  readonly id: HostId;
  readonly name: string;
  readonly vendor: string;
  readonly sockets: number;
  readonly channelsPerSocket: number;
  readonly memoryBandwidthSpecification: Fact<BytesPerSecond>;
  /** What STREAM-like loads reach, all sockets. */
  readonly memoryBandwidthAchieved?: Fact<BytesPerSecond>;
  readonly memoryOptionsGiB: readonly number[];
  readonly amx: boolean;
  readonly powerDraw?: Fact<Watts>;
  readonly pcieGeneration: number;
}

export interface Fabric {
  readonly id: FabricId;
  readonly name: string;
  /** `scale-up`: within a node or NVLink domain; `scale-out`: the network between nodes. */
  readonly reach: "scale-up" | "scale-out";
  /** Within the reach. Of a scale-up fabric the accelerator's own `scaleUp` fact goes first where it has one. */
  readonly bandwidthPerAcceleratorOneWay: Fact<BytesPerSecond>;
  /** The network that a compound fabric ("NVLink + InfiniBand") adds between nodes. */
  readonly scaleOutPerAcceleratorOneWay?: Fact<BytesPerSecond>;
  readonly latency?: Fact<Seconds>;
}

/** A way to store the weights. GGUF types are `gguf:NAME`; their sizes follow from core/tensors, never from a table. */
export interface WeightFormat {
  readonly id: WeightsId;
  readonly name: string;
  readonly family: "safetensors" | "gguf";
  /** The precision in which expert GEMMs multiply, where hardware has it. */
  readonly compute: "bf16" | "fp8" | "fp4" | "int8";
  readonly engines: readonly EngineId[];
  readonly needsImatrix?: boolean;
  readonly source: string;
}

/** What an engine version reserves and does by default. Semantics in core/model/memory. */
export interface EngineDefaults {
  readonly memFraction: Fact<number>;
  readonly kvCache: KvCacheType;
  readonly kvBlockTokens: Fact<number>;
  readonly chunkedPrefill?: Fact<number>;
  readonly maxRunningRequests?: Fact<number>;
  readonly schedulerInterval?: Fact<number>;
  /** llama.cpp family: physical batch, logical batch, parallel slots. */
  readonly ubatch?: Fact<number>;
  readonly batch?: Fact<number>;
  readonly slots?: Fact<number>;
  /** Where defaults follow the device's memory: the first tier, largest memory first, that the device reaches. */
  readonly deviceTiers?: readonly DeviceTier[];
}

/** Defaults of devices with at least `minimumMemory`. */
export interface DeviceTier {
  readonly minimumMemory: Fact<Bytes>;
  /** Devices that the engine excepts by name although their memory reaches. */
  readonly except?: readonly AcceleratorId[];
  readonly chunkedPrefill?: Fact<number>;
  readonly maxRunningRequests?: Fact<number>;
  /** Largest batch captured as a decode graph, below and from TP 4. */
  readonly decodeGraphBatch?: Fact<number>;
  readonly decodeGraphBatchTp4?: Fact<number>;
}

export interface EngineVersion {
  readonly version: string;
  readonly date: string;
  /** Container image that the kit pins, where the engine publishes one. */
  readonly image?: string;
  readonly defaults: EngineDefaults;
  readonly source: string;
}

export interface Engine {
  readonly id: EngineId;
  readonly name: string;
  readonly versions: readonly EngineVersion[];
  /** The version that a plan without `options.engineVersion` means; the kit pins it. */
  readonly current: string;
  /** Kits can be compiled for it. */
  readonly kit: boolean;
}

export interface RentalOffer {
  readonly provider: string;
  readonly instance: string;
  readonly accelerator: AcceleratorId;
  readonly acceleratorCount: number;
  readonly term: "on-demand" | "spot" | "reserved-1y" | "reserved-3y";
  readonly usdPerAcceleratorHour: UsdPerHour;
  readonly region: string;
  readonly checked: string;
  readonly quality: "high" | "medium" | "low";
  readonly source: string;
}

export interface ApiOffer {
  readonly provider: string;
  readonly model: string;
  readonly input: UsdPerMillionTokens;
  readonly output: UsdPerMillionTokens;
  readonly cachedInput?: UsdPerMillionTokens;
  readonly checked: string;
  readonly source: string;
}

/** What owning costs besides the accelerator itself. */
export interface OwnershipFacts {
  readonly powerUsageEffectiveness: Fact<number>;
  readonly usdPerKilowattHour: Fact<number>;
  readonly colocationUsdPerKilowattMonth: Fact<number>;
  readonly amortisationYears: Fact<number>;
  /** Server, network and rack per accelerator, on top of the accelerator's own price, as a share of it. */
  readonly systemPriceShare: Fact<number>;
  readonly allInPowerPerAccelerator: ReadonlyMap<AcceleratorId, Fact<Watts>>;
}

/** Software that fine-tunes this model, as its options were read and its kits install it. */
export interface TrainingFramework {
  readonly id: FrameworkId;
  readonly name: string;
  readonly version: string;
  /** What a kit installs: package or repository → version, commit or branch. Empty: there is no kit. */
  readonly pins: Readonly<Record<string, string>>;
  readonly source: string;
  readonly date: string;
}

export interface Catalog {
  readonly sources: ReadonlyMap<string, Source>;
  readonly models: ReadonlyMap<ModelId, Model>;
  readonly accelerators: ReadonlyMap<AcceleratorId, Accelerator>;
  readonly hosts: ReadonlyMap<HostId, Host>;
  readonly fabrics: ReadonlyMap<FabricId, Fabric>;
  readonly weightFormats: ReadonlyMap<WeightsId, WeightFormat>;
  readonly engines: ReadonlyMap<EngineId, Engine>;
  readonly trainingFrameworks: ReadonlyMap<FrameworkId, TrainingFramework>;
  readonly rentalOffers: readonly RentalOffer[];
  readonly apiOffers: readonly ApiOffer[];
  readonly ownership: OwnershipFacts;
  /** Error of the speed model by class. Absent: every range is an assumed one. */
  readonly intervals?: IntervalTable;
}
