/** planner-data/students/*.json: students, edge devices, and what was measured of both. */
import * as v from "valibot";
import type { DenseArchitecture, DenseFamily } from "../domain/dense-architecture.ts";
import type { FinetuneMethod } from "../domain/finetune-plan.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { EdgeDevice, EdgeMeasurement, Student, StudentFacts, TrainingRun } from "../domain/student.ts";
import type { GgufFileType } from "../domain/tensor.ts";
import { danglingSource, findDanglingSource } from "./check-references.ts";
import { checkSchema } from "./check-schema.ts";
import { columns, count, date, fact, positive, text } from "./fact-schema.ts";

const FAMILIES = ["llama", "qwen2", "qwen3", "gemma3", "phi3", "smollm3"] as const satisfies DenseFamily[];
const METHODS = ["full", "lora", "qlora"] as const satisfies FinetuneMethod[];
const OPTIMIZERS = ["adamw", "adamw-8bit", "adamw-bf16"] as const;

const MODEL_COLUMNS = [
  ...["id", "name", "family", "hiddenSize", "intermediateSize", "layerCount", "headCount", "kvHeadCount"],
  ...["headDim", "vocabularySize", "tiedEmbedding", "maxContextTokens", "ropeTable", "slidingWindow"],
  ...["reasoning", "licence", "repository", "template", "source"],
];
const window = v.nullable(v.strictTuple([count, count]));
const modelRow = v.strictTuple([
  ...([text, text, v.picklist(FAMILIES), count, count, count, count, count, count, count] as const),
  ...([v.boolean(), count, v.nullable(count), window, v.boolean(), text, text, text, text] as const),
]);
const modelsSchema = v.strictObject({
  unit: v.literal("count"),
  basis: v.literal("datasheet"),
  date,
  /** Of columns whose values are not of the row's own source. */
  columnSources: v.strictObject({ template: v.strictObject({ source: text }) }),
  columns: columns(MODEL_COLUMNS),
  rows: v.array(modelRow),
});

const deviceSchema = v.strictObject({
  id: text,
  name: text,
  kind: v.picklist(["phone", "laptop", "single-board", "desktop", "gpu"]),
  processor: v.picklist(["cuda", "vulkan", "metal", "cpu", "phone-gpu"]),
  memory: fact("B"),
  usableMemory: fact("B"),
  memoryBandwidth: fact("B/s"),
  powerDraw: v.optional(fact("W")),
  listPrice: v.optional(fact("USD")),
});

const speedsSchema = v.strictObject({
  columns: columns(["device", "student", "type", "tokensPerSecond", "date", "source"]),
  rows: v.array(v.strictTuple([text, text, text, positive, date, text])),
});

const RUN_COLUMNS = [
  ...[
    "student",
    "method",
    "accelerator",
    "accelerators",
    "sequenceTokens",
    "microBatch",
    "rank",
    "recompute",
  ],
  ...["optimizer", "fusedLoss", "tokensPerSecond", "peakMemoryGiB", "date", "source"],
];
const runRow = v.strictTuple([
  ...([text, v.picklist(METHODS), text, count, count, count, v.nullable(count), v.boolean()] as const),
  ...([v.picklist(OPTIMIZERS), v.boolean(), v.nullable(positive), v.nullable(positive), date, text] as const),
]);
const trainingSchema = v.strictObject({ columns: columns(RUN_COLUMNS), rows: v.array(runRow) });

type ModelRow = v.InferOutput<typeof modelRow>;

function studentOf(row: ModelRow): Student {
  const [id, name, family, hiddenSize, intermediateSize, layerCount, headCount, kvHeadCount, ...rest] = row;
  const [headDim, vocabularySize, tiedEmbedding, maxContextTokens, ropeTable, slides, reasoning, ...end] =
    rest;
  const [licence, repository, template, source] = end;
  const architecture: DenseArchitecture = {
    ...{ family, hiddenSize, intermediateSize, layerCount, headCount, kvHeadCount, headDim },
    ...{ vocabularySize, tiedEmbedding, maxContextTokens },
    ...(ropeTable === null ? {} : { ropeTable }),
    ...(slides === null ? {} : { slidingWindow: { tokens: slides[0], globalEvery: slides[1] } }),
  };
  return { id, name, architecture, reasoning, licence, repository, template, source };
}

function runOf(row: v.InferOutput<typeof runRow>): TrainingRun {
  const [student, method, accelerator, accelerators, sequenceTokens, microBatch, rank, recompute, ...rest] =
    row;
  const [optimizer, fusedLoss, tokensPerSecond, peakMemoryGiB, when, source] = rest;
  return {
    ...{ student, method, accelerator, accelerators, sequenceTokens, microBatch, recompute, optimizer },
    ...(rank === null ? {} : { rank }),
    ...(tokensPerSecond === null ? {} : { tokensPerSecond }),
    ...(peakMemoryGiB === null ? {} : { peakMemoryGiB }),
    ...{ fusedLoss, date: when, source },
  };
}

const byId = <T extends { readonly id: string }>(items: readonly T[]): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [item.id, item]));

/** The four files of planner-data/students. */
export interface StudentFiles {
  readonly models: unknown;
  readonly devices: unknown;
  readonly speeds: unknown;
  readonly training: unknown;
}

/**
 * Checks the files against their schemas, and every id and source against what defines them.
 *
 * Returns a Problem whose path is the file and field. Never throws on any JSON.
 */
export function parseStudents(
  files: StudentFiles,
  sources: ReadonlySet<string>,
): Result<StudentFacts, Problem> {
  const models = checkSchema(modelsSchema, files.models, "models.json");
  if (!models.ok) return models;
  const devices = checkSchema(v.array(deviceSchema), files.devices, "devices.json");
  if (!devices.ok) return devices;
  const speeds = checkSchema(speedsSchema, files.speeds, "speeds.json");
  if (!speeds.ok) return speeds;
  const training = checkSchema(trainingSchema, files.training, "training.json");
  if (!training.ok) return training;
  const facts: StudentFacts = {
    students: byId(models.value.rows.map(studentOf)),
    devices: byId(devices.value as unknown as readonly EdgeDevice[]),
    edgeMeasurements: speeds.value.rows.map(([device, student, type, tokensPerSecond, when, source]) => ({
      ...{ device, student, tokensPerSecond, source, date: when },
      type: type as GgufFileType,
    })),
    trainingRuns: training.value.rows.map(runOf),
  };
  const problem =
    findDanglingSource("models.json", files.models, sources) ??
    findDanglingSource("devices.json", files.devices, sources) ??
    findDangling(facts, sources);
  return problem ? fail(problem) : ok(facts);
}

function findDangling(facts: StudentFacts, sources: ReadonlySet<string>): Problem | undefined {
  const tables = [
    ["models.json", [...facts.students.values()].map(({ source }) => ({ source }))],
    ["speeds.json", facts.edgeMeasurements as readonly Partial<EdgeMeasurement>[]],
    ["training.json", facts.trainingRuns as readonly Partial<EdgeMeasurement>[]],
  ] as const;
  for (const [file, rows] of tables) {
    for (const [i, row] of rows.entries()) {
      const { source = "", student, device } = row as Partial<EdgeMeasurement>;
      if (!sources.has(source)) return danglingSource(file, `rows[${i}]`, source);
      if (student !== undefined && !facts.students.has(student))
        return { path: `${file}: rows[${i}]`, problem: `no student "${student}" in models.json` };
      if (device !== undefined && !facts.devices.has(device))
        return { path: `${file}: rows[${i}]`, problem: `no device "${device}" in devices.json` };
    }
  }
  return undefined;
}
