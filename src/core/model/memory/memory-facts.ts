/** What a plan's memory follows from, looked up once: no field is optional where the model needs it. */
import type {
  Accelerator,
  Catalog,
  DeviceTier,
  EngineDefaults,
  Model,
  WeightFormat,
} from "../../domain/catalog.ts";
import type { Infeasible } from "../../domain/infeasible.ts";
import type { KvCacheType, Plan } from "../../domain/plan.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Bytes } from "../../units/quantity.ts";
import { NVIDIA_DRIVER_RESERVE } from "./memory-parameters.ts";
import { engineVersion } from "./engine-version.ts";

export interface DeviceMemory {
  readonly accelerator: Accelerator;
  /** As the driver reports it; of unified memory what the GPU may wire. */
  readonly capacity: number;
  /** What processes can allocate. */
  readonly usable: number;
}

export interface MemoryFacts {
  readonly model: Model;
  readonly format: WeightFormat;
  /** "SGLang", for sentences. */
  readonly engineName: string;
  readonly defaults: EngineDefaults;
  /** As the plan asks, or the engine's current one. */
  readonly version: string;
  /** Defaults that follow the device's memory; absent where none do, or without an accelerator. */
  readonly tier: DeviceTier | undefined;
  readonly device: DeviceMemory | null;
  readonly kvCache: KvCacheType;
}

const missing = (path: string, message: string): Result<never, Infeasible> =>
  fail({ kind: "missing-fact", path, message });

/** Returns missing-fact where the catalog does not know an id that the plan names. */
export function memoryFacts(plan: Plan, catalog: Catalog): Result<MemoryFacts, Infeasible> {
  const model = catalog.models.get(plan.model);
  if (!model) return missing("model", `Nothing is known of a model "${plan.model}".`);
  const format = catalog.weightFormats.get(plan.weights);
  if (!format) return missing("weights", `Nothing is known of weights "${plan.weights}".`);
  const engine = catalog.engines.get(plan.engine);
  const version = engine && engineVersion(engine, plan.options.engineVersion);
  if (!engine || !version) return missing("engine", `Nothing is known of an engine "${plan.engine}".`);
  const device = deviceMemory(plan, catalog);
  if (!device.ok) return device;
  const tier = device.value && tierOf(version.defaults, device.value);
  return ok({
    model,
    format,
    engineName: engine.name,
    defaults: version.defaults,
    version: plan.options.engineVersion ?? engine.current,
    tier: tier ?? undefined,
    device: device.value,
    kvCache: plan.kvCache ?? version.defaults.kvCache,
  });
}

function deviceMemory(plan: Plan, catalog: Catalog): Result<DeviceMemory | null, Infeasible> {
  const { accelerator: id, acceleratorsPerNode } = plan.cluster;
  if (acceleratorsPerNode === 0) return ok(null);
  const accelerator = id === undefined ? undefined : catalog.accelerators.get(id);
  if (!accelerator) {
    return missing("cluster.accelerator", `Nothing is known of an accelerator "${id ?? ""}".`);
  }
  return ok(describeDevice(accelerator));
}

/** What a process may have of one accelerator's memory: of unified memory what the GPU may wire. */
export function deviceCapacity({ wiredLimit, memory }: Accelerator): Bytes {
  return wiredLimit?.value ?? memory.value;
}

/** Memory of one accelerator as engines see it. */
function describeDevice(accelerator: Accelerator): DeviceMemory {
  const capacity = deviceCapacity(accelerator);
  const reserve =
    accelerator.vendor === "NVIDIA" && accelerator.kind !== "unified-memory"
      ? NVIDIA_DRIVER_RESERVE.bytes
      : 0;
  return { accelerator, capacity, usable: capacity - reserve };
}

function tierOf(defaults: EngineDefaults, device: DeviceMemory): DeviceTier | undefined {
  return defaults.deviceTiers?.find(
    (tier) => device.capacity >= tier.minimumMemory.value && !tier.except?.includes(device.accelerator.id),
  );
}
