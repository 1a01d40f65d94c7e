/** All-reduce and all-to-all of one instance. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import { AllReduce } from "../comm/all-reduce.ts";
import { AllToAll, destinationRanks } from "../comm/all-to-all.ts";
import type { Interconnect } from "../comm/interconnect.ts";
import type { Precision } from "../ops/precision.ts";
import type { Shop } from "./gpu-shop.ts";

/**
 * Custom all-reduce kernels of vLLM and SGLang end at the node even where NVLink goes on; NCCL takes
 * over. TensorRT-LLM's reach across the rack.
 */
export function collectives(shop: Shop, precision: Precision, link: Interconnect) {
  const { architecture: a, layout, tables, profile } = shop;
  const inner = Math.min(layout.attentionTp, link.domainRanks);
  const custom = inner <= shop.acceleratorsPerNode || shop.engine === "tensorrt-llm";
  const table = inner > 1 ? (tables?.cut(custom ? "all-reduce" : "all-reduce nccl", inner) ?? null) : null;
  const basis = table === null ? profile.basis : layout.attentionTp > inner ? "extrapolated" : "interpolated";
  const contextTable = tables?.cut("all-reduce", Math.max(2, layout.contextShards)) ?? null;
  return {
    tensorReduce: new AllReduce(layout.attentionTp, 2, table, link, basis),
    contextReduce: new AllReduce(layout.contextShards, 2, contextTable, link, basis),
    exchange: layout.attentionDp > 1 ? exchange(shop, precision, link, a) : null,
  };
}

function exchange(shop: Shop, precision: Precision, link: Interconnect, a: MlaArchitecture): AllToAll {
  const { layout, tables } = shop;
  const { expertRanks, expertTp, ranks } = layout;
  const destinations = Math.min(ranks, expertTp * destinationRanks(expertRanks, a.expertsPerToken));
  const nodes = Math.max(1, expertRanks / link.domainRanks);
  return new AllToAll({
    hiddenSize: a.hiddenSize,
    destinations,
    expertRanks: Math.max(expertRanks, ranks),
    expertsPerToken: a.expertsPerToken,
    dispatchBytes: Math.min(2, precision.activationBytes),
    table: nodes > 1 ? (tables?.cut("deepep-low-latency", nodes) ?? null) : null,
    link,
    basis: "calibrated",
  });
}
