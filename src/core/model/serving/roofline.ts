/** A plan's steps under the roofs of its machine. */
import type { Accelerator, PeakCompute } from "../../domain/catalog.ts";
import type { Plan } from "../../domain/plan.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { ComputeRoof, Roof, Roofline, RooflineOperator, RooflineStep } from "../../domain/roofline.ts";
import type { StepModelInput } from "../../domain/step-model.ts";
import type { StepTime } from "../../domain/step.ts";
import { estimateMemory, usersHeld } from "../memory/estimate-memory.ts";
import { chunkTokens } from "../step/gpu-step-model.ts";
import { gpuWork } from "../step/gpu-work.ts";
import { hostRates } from "../step/sequential-cpu.ts";
import { sequentialWork } from "../step/sequential-work.ts";
import type { OperatorWork, WorkOf } from "../step/work.ts";
import { instancesOf, predict } from "./performance.ts";
import { runsSequentially, stepModelInput, type MissingFact, type StepModelFacts } from "./step-models.ts";

/**
 * Every operator that reads memory and multiplies, with its bytes, FLOP, time and limit, and the roofs.
 *
 * Shape    the decode step at the plan's load, and the prefill of one prompt.
 * Per      rank of one instance.
 * Anchor   limits agree with the waterfall's: roofline.test.ts.
 */
export function rooflineOf(plan: Plan, facts: StepModelFacts): Result<Roofline, MissingFact> {
  const { memory } = estimateMemory(plan, facts.catalog);
  const prediction = predict(plan, facts, {}, usersHeld(memory));
  if (!prediction.ok) return prediction;
  const { point, costs, decodeModel, prefillModel } = prediction.value;
  const instances = instancesOf(plan);
  const decodeInput = stepModelInput(plan, instances.decode, facts);
  const prefillInput = stepModelInput(plan, instances.prefill, facts);
  if (!decodeInput.ok) return decodeInput;
  if (!prefillInput.ok) return prefillInput;
  const decode = stepOf(
    decodeModel.decode(point.decodeBatch, costs.contextTokens),
    workOf(plan, decodeInput.value)?.decode(point.decodeBatch, costs.contextTokens) ?? [],
  );
  const prefill = stepOf(
    prefillModel.prefill(1, costs.newTokens, costs.cachedTokens),
    workOf(plan, prefillInput.value)?.prefill(1, costs.newTokens, costs.cachedTokens) ?? [],
  );
  const places = new Set([...decode.operators, ...prefill.operators].map(({ place }) => place));
  const roofs = [deviceRoof(decodeInput.value.accelerator), hostRoof(decodeInput.value)].filter(
    (roof) => roof !== null && places.has(roof.place),
  ) as Roof[];
  return ok({ roofs, decode, prefill });
}

function workOf(plan: Plan, input: StepModelInput): WorkOf | null {
  return runsSequentially(plan.engine) ? sequentialWork(input) : gpuWork(input, chunkTokens(input));
}

function stepOf(step: StepTime, works: readonly OperatorWork[]): RooflineStep {
  const operators: RooflineOperator[] = [];
  for (const work of works) {
    const found = step.operators.find(({ id }) => id === work.id);
    if (found?.limitMs === undefined || found.limitMs <= 0) continue;
    const { id, name, hue, ms, limitMs, bound, basis } = found;
    operators.push({ ...work, id, name, hue, ms, limitMs, bound, basis });
  }
  const inside = operators.reduce((sum, { ms }) => sum + ms, 0);
  const { kind, batch, totalMs } = step;
  return { kind, batch, operators, otherMs: totalMs - inside, totalMs };
}

const PEAKS: readonly (readonly [keyof PeakCompute, string])[] = [
  ["fp4", "FP4"],
  ["fp8", "FP8"],
  ["int8", "INT8"],
  ["bf16", "BF16"],
  ["fp32", "FP32"],
];

function deviceRoof(accelerator: Accelerator | undefined): Roof | null {
  if (accelerator === undefined) return null;
  const { peakDense, shortName, memoryBandwidth } = accelerator;
  const peaks: ComputeRoof[] = [];
  for (const [key, name] of PEAKS) {
    const value = peakDense[key]?.value;
    if (value === undefined || (key === "fp32" && peaks.length > 0)) continue;
    const same = peaks.findIndex(({ flopPerMs }) => flopPerMs === value / 1e3);
    const before = peaks[same];
    if (before) peaks[same] = { ...before, name: `${before.name}, ${name}` };
    else peaks.push({ name, flopPerMs: value / 1e3 });
  }
  return {
    place: "accelerator",
    name: shortName,
    bytesPerMs: memoryBandwidth.value / 1e3,
    peaks: peaks.sort((a, b) => b.flopPerMs - a.flopPerMs),
  };
}

function hostRoof(input: StepModelInput): Roof | null {
  const rates = hostRates(input);
  if (rates === null) return null;
  return {
    place: "host",
    name: input.host?.name ?? "Host",
    bytesPerMs: rates.peakBytesPerMs,
    peaks: [{ name: "vector units", flopPerMs: rates.flopPerMs }],
  };
}
