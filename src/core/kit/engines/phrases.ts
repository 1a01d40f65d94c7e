/** Sentences and small readings that several engines share. */
import type { Speculative } from "../../domain/plan.ts";
import type { KitIr } from "../ir.ts";
import { count, ms } from "./arguments.ts";

/** Draft tokens a step: `mtp3` → 3. */
export function speculativeSteps(speculative: Speculative): number {
  return speculative === "off" ? 0 : Number(speculative.slice(3));
}

/** What the prefill chunk does to the first token, with the plan's limit where it has one. */
export function ttftReason(ir: KitIr): string {
  const ttft = ir.estimate.performance?.ttftMs.value;
  const said = ir.plan.options.chunkedPrefill === undefined ? "the engine's default, pinned" : "plan";
  if (ttft === undefined) return `${said}: tokens prefilled in one pass`;
  const slo = ir.plan.slo.ttftMs === undefined ? "" : `, SLO ${count(ir.plan.slo.ttftMs)} ms`;
  return `${said}: with it the first token comes after ${ms(ttft)}${slo}`;
}

export const isAmd = (ir: KitIr): boolean => ir.accelerator?.vendor.toLowerCase() === "amd";

/** The chunk that the engine version takes by itself on this accelerator. */
export function defaultChunk(ir: KitIr): number | undefined {
  const { chunkedPrefill, deviceTiers } = ir.version.defaults;
  const memory = ir.accelerator?.memory.value;
  const tier = deviceTiers?.find(
    ({ minimumMemory, except }) =>
      memory !== undefined && memory >= minimumMemory.value && !except?.includes(ir.accelerator?.id ?? ""),
  );
  return tier?.chunkedPrefill?.value ?? chunkedPrefill?.value;
}
