/** Training of the student: whether it fits, how long it takes, what it costs. */
import type { Catalog } from "../../domain/catalog.ts";
import type { DenseArchitecture } from "../../domain/dense-architecture.ts";
import type { StudentEstimate } from "../../domain/distill-estimate.ts";
import type { DistillPlan, StudentPlan } from "../../domain/distill-plan.ts";
import type { Infeasible } from "../../domain/infeasible.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { countDenseParameters } from "../../tensors/dense-tensors.ts";
import { formatMemory } from "../../units/format.ts";
import { choosePrice } from "../cost/rental-price.ts";
import { deviceCapacity } from "../memory/memory-facts.ts";
import { inverse, product, scaled } from "../ranges.ts";
import { adapterParameters, studentMemory, type StudentRun } from "./student-memory.ts";
import { trainingDevice, trainingSpeed } from "./student-training.ts";

/** Of 16-bit weights beside their accelerator's memory, above which a base is sharded even under adapters. */
const SHARD_ABOVE = 0.6;

export interface StudentData {
  /** Samples that passed the filter, and their mean length. */
  readonly samples: number;
  readonly tokensPerSample: number;
}

/** The run that a plan means, with the sharding that its frameworks would choose. */
export function studentRun(student: StudentPlan, a: DenseArchitecture, capacity: number): StudentRun {
  const { method, count, microBatch } = student;
  const weights = 2 * countDenseParameters(a).total;
  const {
    architecture: _imported,
    rank,
    id: _id,
    gpu: _gpu,
    epochs: _epochs,
    packing: _packing,
    ...rest
  } = student;
  return {
    ...rest,
    architecture: a,
    rank: rank ?? 16,
    accelerators: count,
    sharded: count > 1 && (method === "full" || (method === "lora" && weights > SHARD_ABOVE * capacity)),
    accumulates: student.globalBatch > count * microBatch,
    passesPerStep: Math.max(1, student.globalBatch / (count * microBatch)),
  };
}

/**
 * What the student's training takes.
 *
 *   tokens  samples × min(length, sequence) × epochs
 *   hours   tokens / tokens per second, padding included where samples are not packed
 *
 * Leaves   out evaluation, restarts, and saving more than once an epoch.
 * Returns  missing-fact where the accelerator's rate or its links are not known; memory-weights where it does not fit.
 */
export function estimateStudent(
  plan: DistillPlan,
  name: string,
  a: DenseArchitecture,
  data: StudentData,
  catalog: Catalog,
): Result<{ readonly estimate: StudentEstimate; readonly infeasible: readonly Infeasible[] }, Infeasible> {
  const { student } = plan;
  const accelerator = catalog.accelerators.get(student.gpu);
  if (!accelerator) return missing("student.gpu", `Nothing is known of an accelerator "${student.gpu}".`);
  const device = trainingDevice(accelerator, student.count);
  if (!device) return missing("student.gpu", `The 16-bit rate of ${accelerator.name} is not known.`);
  const capacity = deviceCapacity(accelerator);
  const run = studentRun(student, a, capacity);
  const trainable =
    student.method === "full" ? countDenseParameters(a).total : adapterParameters(a, run.rank);
  const length = data.tokensPerSample;
  const used = Math.min(length, student.sequenceTokens);
  const filled = student.packing ? 1 : used / student.sequenceTokens;
  const speed = trainingSpeed(run, device, trainable, filled);
  if (Number.isNaN(speed.tokensPerSecond.value))
    return missing("student.count", `No link between several ${accelerator.name} is known.`);
  const trainedTokens = data.samples * used * student.epochs;
  const hours = scaled(inverse(speed.tokensPerSecond), trainedTokens / 3600);
  const price = choosePrice(rentalPlan(plan), catalog.rentalOffers);
  const memory = studentMemory(run, capacity);
  const weights = 2 * countDenseParameters(a).total;
  const estimate: StudentEstimate = {
    name,
    method: student.method,
    parameters: countDenseParameters(a).total,
    trainable,
    dataTokens: data.samples * used,
    trainedTokens,
    cutShare: 1 - used / length,
    memory,
    sharded: run.sharded,
    accelerators: student.count,
    tokensPerSecond: speed.tokensPerSecond,
    utilization: speed.utilization,
    hours,
    acceleratorHours: scaled(hours, student.count),
    usd: price === null ? null : product(scaled(hours, student.count), price.usd),
    offer: price?.label ?? "no price known",
    resultBytes: student.method === "full" ? weights : 2 * trainable,
    checkpointBytes: student.method === "full" ? weights + 12 * trainable : 10 * trainable,
  };
  return ok({
    estimate,
    infeasible: memory.total > capacity ? [tooBig(estimate, accelerator.shortName)] : [],
  });
}

function tooBig({ memory, name, method }: StudentEstimate, accelerator: string): Infeasible {
  const over = formatMemory(memory.total - memory.capacity);
  const how = { full: "full training", lora: "LoRA", qlora: "QLoRA" }[method];
  return {
    kind: "memory-weights",
    rank: "student",
    needed: memory.total,
    capacity: memory.capacity,
    message: `The student is short of ${over}: ${how} of ${name} needs ${formatMemory(memory.total)} on each ${accelerator}, which has ${formatMemory(memory.capacity)}.`,
  };
}

/** The plan's price terms, asked for the student's accelerators. A rate of one's own is the teacher's. */
function rentalPlan({ price, student }: DistillPlan): Parameters<typeof choosePrice>[0] {
  const { usdPerAcceleratorHour: _own, provider: _provider, ...terms } = price ?? {};
  return {
    cluster: { accelerator: student.gpu, acceleratorsPerNode: student.count, nodes: 1 },
    price: terms,
  };
}

const missing = (path: string, message: string): Result<never, Infeasible> =>
  fail({ kind: "missing-fact", path, message });
