/** Inputs for tests: a layout of an accelerator of the catalog, with its tables. */
import { catalog, loadOpTables } from "../../../../planner-data.ts";
import type { OpTableSet } from "../../../domain/op-tables.ts";
import type { EngineId } from "../../../domain/plan.ts";
import type { StepModelInput } from "../../../domain/step-model.ts";

export interface InputOverrides extends Partial<StepModelInput> {
  readonly weightsId?: string;
  readonly engineId?: EngineId;
  readonly engineDate?: string;
}

/** TP8 on eight of an accelerator, FP8, SGLang's current version, tables as given. */
export function stepInput(
  acceleratorId: string,
  opTables: OpTableSet | null,
  overrides: InputOverrides = {},
): StepModelInput {
  const { weightsId = "fp8", engineId = "sglang", engineDate, ...rest } = overrides;
  const engine = catalog.engines.get(engineId)!;
  const current = engine.versions.find(({ version }) => version === engine.current)!;
  return {
    architecture: catalog.models.get("deepseek-v3-0324")!.architecture,
    engine,
    engineVersion: engineDate === undefined ? current : { ...current, date: engineDate },
    weights: catalog.weightFormats.get(weightsId)!,
    kvCache: "bf16",
    accelerator: catalog.accelerators.get(acceleratorId)!,
    acceleratorsPerNode: 8,
    sockets: 2,
    tp: 8,
    pp: 1,
    dpAttention: 1,
    ep: 1,
    dcp: 1,
    experts: "gpu",
    speculative: "off",
    options: {},
    opTables,
    ...rest,
  };
}

export const tablesOf = loadOpTables;
