/** What the operators of a GPU step move and multiply, for a roofline. */
import type { Accelerator, PeakCompute } from "../../domain/catalog.ts";
import type { StepModelInput } from "../../domain/step-model.ts";
import type { FlopPerSecond } from "../../units/quantity.ts";
import { gpuLayout } from "./gpu-layout.ts";
import { gpuOperators } from "./gpu-operators.ts";
import { GpuPass } from "./gpu-pass.ts";
import { SLOT_COUNT, SLOT_NAMES } from "./slots.ts";
import type { OperatorWork, WorkOf } from "./work.ts";

/** A device on which each byte takes a millisecond, or each FLOP does, and the other is free. */
const NOTHING = Number.POSITIVE_INFINITY;
const ONE_A_MS = 1e3;

/**
 * Bytes and FLOP of every operator that reads memory or multiplies, over the layers of a step.
 *
 *   limit = max(bytes / bandwidth, FLOP / peak)
 *
 * asked of devices that have one of both at 1 a millisecond and the other at no cost, so that these are
 * the very bytes and FLOP that the waterfall's limits are made of.
 *
 * Per      rank. Links, launches and host have neither and are left out.
 * Anchor   FLOP of a token's GEMMs: twice the active parameters; serving/roofline.test.ts.
 */
export function gpuWork(input: StepModelInput, chunkTokens: number): WorkOf | null {
  const { accelerator } = input;
  if (accelerator === undefined) return null;
  const pass = (device: Accelerator) => {
    const layout = gpuLayout(input);
    const operators = gpuOperators({ ...input, opTables: null }, device, layout);
    return new GpuPass(input.architecture, layout, operators, {
      decodeFactor: 1,
      chunkTokens,
      eagerPassMs: 0,
    });
  };
  const bytes = pass(device(accelerator, ONE_A_MS, NOTHING));
  const flop = pass(device(accelerator, NOTHING, ONE_A_MS));
  const compute = pass(device(accelerator, NOTHING, null));
  const all = (fill: (of: GpuPass, into: Float64Array) => void) => {
    const [b, f, c] = [bytes, flop, compute].map((of) => {
      const into = new Float64Array(SLOT_COUNT);
      fill(of, into);
      return into;
    }) as [Float64Array, Float64Array, Float64Array];
    return works(b, f, c);
  };
  return {
    decode: (batch, context) => all((of, into) => of.decode(into, batch, context, true)),
    prefill: (requests, fresh, cached) => all((of, into) => of.prefill(into, requests, fresh, cached, true)),
  };
}

function works(bytes: Float64Array, flop: Float64Array, computeMs: Float64Array): OperatorWork[] {
  return SLOT_NAMES.flatMap(({ id, hue }, slot) => {
    const [b, f, c] = [bytes[slot] as number, flop[slot] as number, computeMs[slot] as number];
    if (hue === "comm" || !(b > 0) || !(f > 0)) return [];
    return [{ id, place: "accelerator" as const, bytes: b, flop: f, peakFlopPerMs: f / c }];
  });
}

function device(of: Accelerator, bandwidth: number, peak: number | null): Accelerator {
  const peaks: Record<string, unknown> = {};
  for (const [name, fact] of Object.entries(of.peakDense) as [keyof PeakCompute, PeakCompute["bf16"]][]) {
    if (fact !== undefined) peaks[name] = { ...fact, value: (peak ?? fact.value) as FlopPerSecond };
  }
  return {
    ...of,
    memoryBandwidth: { ...of.memoryBandwidth, value: bandwidth as typeof of.memoryBandwidth.value },
    peakDense: peaks,
  };
}
