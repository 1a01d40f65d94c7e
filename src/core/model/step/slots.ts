/** The operators of a step in the order of its waterfall, as positions of a plain number array. */
import type { OperatorId, PartHue } from "../../domain/step.ts";

export const SLOT = {
  experts: 0,
  attention: 1,
  projections: 2,
  shared: 3,
  dense: 4,
  allReduce: 5,
  allToAll: 6,
  router: 7,
  elementwise: 8,
  head: 9,
  pipeline: 10,
  host: 11,
} as const;

export const SLOT_COUNT = 12;

export type Slot = (typeof SLOT)[keyof typeof SLOT];

export const SLOT_NAMES: readonly {
  readonly id: OperatorId;
  readonly name: string;
  readonly hue: PartHue;
}[] = [
  { id: "routed-experts", name: "Routed experts", hue: "experts" },
  { id: "attention-core", name: "Attention core", hue: "kv" },
  { id: "mla-projections", name: "MLA projections", hue: "dense" },
  { id: "shared-expert", name: "Shared expert", hue: "dense" },
  { id: "dense-ffn", name: "Dense layers", hue: "dense" },
  { id: "all-reduce", name: "All-reduce", hue: "comm" },
  { id: "all-to-all", name: "All-to-all", hue: "comm" },
  { id: "router", name: "Router", hue: "dense" },
  { id: "elementwise", name: "Norms, rope, quantization", hue: "act" },
  { id: "lm-head", name: "LM head", hue: "dense" },
  { id: "pipeline", name: "Pipeline transfers", hue: "comm" },
  { id: "host", name: "Host and launches", hue: "runtime" },
];
