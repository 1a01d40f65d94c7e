/** The layout of a recorded run, with the label repairs that its source is known to need. */
import type { MeasurementRecord } from "../domain/measurement.ts";
import { number, object, text, type Loose } from "./record-facts.ts";

export function completeLayout(record: MeasurementRecord, assumptions: string[]): Loose {
  const written = object(object(record.plan)["layout"]);
  const runtime = object(record.runtime);
  const published = object(runtime["publishedLayout"]);
  const layout: Record<string, unknown> = { ...written, ...published };
  if (Object.keys(published).length > 0) {
    const said = Object.entries(published).map(([name, value]) => `${name} ${String(value)}`);
    assumptions.push(`${said.join(", ")}: the published run script`);
  }
  const cluster = object(object(record.plan)["cluster"]);
  const gpus = number(runtime["acceleratorsUsed"]) ?? acceleratorCount(cluster);
  const disaggregated = object(written["disaggregated"]);
  if (written["disaggregated"] !== undefined && written["disaggregated"] !== null) {
    layout["disaggregated"] = {
      ...disaggregated,
      prefill: completeInstance(record, object(disaggregated["prefill"]), "prefill", assumptions),
      decode: completeInstance(record, object(disaggregated["decode"]), "decode", assumptions),
    };
    return layout;
  }
  return repairAggregated(record, layout, gpus, assumptions);
}

function acceleratorCount(cluster: Loose): number {
  return (number(cluster["acceleratorsPerNode"]) ?? 0) * (number(cluster["nodes"]) ?? 1);
}

function repairAggregated(
  record: MeasurementRecord,
  layout: Record<string, unknown>,
  gpus: number,
  assumptions: string[],
): Loose {
  const { engine } = object(record.plan);
  const tp = number(layout["tp"]);
  const pp = number(layout["pp"]) ?? 1;
  const replicas = number(layout["replicas"]) ?? 1;
  if (tp !== undefined && gpus > 0 && tp * pp * replicas > gpus) {
    layout["tp"] = Math.max(1, Math.floor(gpus / pp / replicas));
    assumptions.push(`tp ${tp} read as ${String(layout["tp"])}: the run had ${gpus} accelerators`);
  }
  const cpu = gpus === 0 && layout["experts"] === undefined;
  if (cpu || record.class === "cpu") layout["experts"] = "cpu";
  const denseTp = number(layout["dpAttention"]) ?? 1;
  const ranks = number(layout["tp"]) ?? 1;
  if (denseTp > ranks) layout["dpAttention"] = ranks;
  if (engine === "tensorrt-llm") repairExpertTp(record, layout, assumptions);
  return layout;
}

/** H200 and H100 TensorRT-LLM runs labelled ep 8 time as expert TP: the same within 1 % as those labelled ep 1. */
function repairExpertTp(
  record: MeasurementRecord,
  layout: Record<string, unknown>,
  assumptions: string[],
): void {
  const accelerator = text(object(object(record.plan)["cluster"])["accelerator"]) ?? "";
  if (!/^(h100|h200)/.test(accelerator) || !record.source.includes("InferenceX")) return;
  if ((number(layout["ep"]) ?? 1) > 1 && (number(layout["dpAttention"]) ?? 1) === 1) {
    layout["ep"] = 1;
    assumptions.push("expert parallelism read as expert TP");
  }
}

function completeInstance(
  record: MeasurementRecord,
  written: Loose,
  side: "prefill" | "decode",
  assumptions: string[],
): Loose {
  const instance: Record<string, unknown> = { ...written };
  const gpus = number(written["gpus"]);
  const tp = number(written["tp"]);
  if (gpus !== undefined && tp === undefined) instance["tp"] = gpus;
  if (gpus === undefined && tp !== undefined) instance["gpus"] = tp * (number(written["pp"]) ?? 1);
  repairInstance(record, instance, side, assumptions);
  return instance;
}

function repairInstance(
  record: MeasurementRecord,
  instance: Record<string, unknown>,
  side: "prefill" | "decode",
  assumptions: string[],
): void {
  if (!record.source.includes("InferenceX")) return;
  const plan = object(record.plan);
  const dp = number(instance["dpAttention"]) ?? 1;
  const ep = number(instance["ep"]) ?? 1;
  const tp = number(instance["tp"]) ?? 1;
  if (plan["engine"] === "sglang" && dp > 1 && dp === tp && ep === 1) {
    if (tp <= 8) {
      instance["dpAttention"] = 1;
      assumptions.push(`${side} dp ${dp} read as attention TP: saturated throughput equals TP ${tp}`);
    } else {
      instance["ep"] = tp;
      assumptions.push(`${side} ep read as ${tp}`);
    }
  }
  if (plan["engine"] === "tensorrt-llm" && side === "prefill" && dp > 1 && ep === 1) {
    instance["ep"] = tp;
    assumptions.push("prefill data parallelism read with expert parallelism");
  }
  const accelerator = text(object(plan["cluster"])["accelerator"]) ?? "";
  const hopper = /^(h100|h200)/.test(accelerator);
  if (plan["engine"] === "tensorrt-llm" && side === "decode" && hopper && dp === 1 && ep > 1) {
    instance["ep"] = 1;
    assumptions.push("decode expert parallelism read as expert TP");
  }
}
