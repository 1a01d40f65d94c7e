/** Operators of layouts already seen: a plan is evaluated again and again while one field changes. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { Accelerator, Fabric } from "../../domain/catalog.ts";
import type { OpTableSet } from "../../domain/op-tables.ts";
import type { StepModelInput } from "../../domain/step-model.ts";
import { gpuLayout, type GpuLayout } from "./gpu-layout.ts";
import { gpuOperators, type GpuOperators } from "./gpu-operators.ts";

interface Prepared {
  readonly architecture: MlaArchitecture;
  readonly fabric: Fabric | undefined;
  readonly opTables: OpTableSet | null;
  readonly layout: GpuLayout;
  readonly operators: GpuOperators;
}

/** Layouts kept an accelerator; a search visits more, and then starts over. */
const KEPT = 512;

const kept = new WeakMap<Accelerator, Map<string, Prepared>>();

/** Layout and operators of an instance; the same objects again for the same input. */
export function preparedOperators(input: StepModelInput, accelerator: Accelerator): Prepared {
  let byKey = kept.get(accelerator);
  if (byKey === undefined || byKey.size > KEPT) {
    byKey = new Map();
    kept.set(accelerator, byKey);
  }
  const key = keyOf(input);
  const found = byKey.get(key);
  if (found !== undefined && sameFacts(found, input)) return found;
  const layout = gpuLayout(input);
  const made: Prepared = {
    architecture: input.architecture,
    fabric: input.fabric,
    opTables: input.opTables,
    layout,
    operators: gpuOperators(input, accelerator, layout),
  };
  byKey.set(key, made);
  return made;
}

function sameFacts(prepared: Prepared, { architecture, fabric, opTables }: StepModelInput): boolean {
  return (
    prepared.architecture === architecture && prepared.fabric === fabric && prepared.opTables === opTables
  );
}

function keyOf(i: StepModelInput): string {
  const cut = `${i.tp}.${i.pp}.${i.dpAttention}.${i.ep}.${i.dcp}.${i.options.moeTp ?? 0}.${i.acceleratorsPerNode}`;
  return `${i.engine.id}/${i.weights.id}/${i.kvCache}/${i.speculative}/${cut}`;
}
