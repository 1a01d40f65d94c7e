import type { TensorGroup } from "../../../core/domain/tensor.ts";

export const GROUP_NAMES: Readonly<Record<TensorGroup, string>> = {
  "routed-experts": "routed experts",
  attention: "attention",
  "shared-expert": "shared expert",
  "dense-ffn": "dense layers",
  embedding: "embedding",
  output: "output head",
  router: "router",
  norm: "norms",
  mtp: "MTP layer",
};
