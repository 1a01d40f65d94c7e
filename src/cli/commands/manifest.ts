import type { MlaArchitecture } from "../../core/domain/architecture.ts";
import { nearestId } from "../../core/domain/plan-vocabulary.ts";
import type { GgufFileType, GgufManifest } from "../../core/domain/tensor.ts";
import { buildManifest } from "../../core/tensors/gguf-manifest.ts";
import { formatCount, formatFileSize } from "../../core/units/format.ts";
import { catalog } from "../../planner-data.ts";
import { readArguments } from "../arguments.ts";
import { badInput } from "../bad-input.ts";
import { EXIT, printJson, type Io } from "../io.ts";
import { ggufTypes } from "../gguf-types.ts";
import { printTable } from "../table.ts";

const DEFAULT_MODEL = "deepseek-v3-0324";

export async function manifestCommand(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, {
    weights: { type: "string" },
    model: { type: "string", default: DEFAULT_MODEL },
    imatrix: { type: "boolean", default: false },
    mtp: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  });
  if (positionals.length > 0)
    throw badInput("arguments", `expected options only, got ${JSON.stringify(positionals[0])}`);
  const type = readType(values.weights);
  const architecture = readArchitecture(values.model);
  const manifest = buildManifest(architecture, values.model, type, {
    imatrix: values.imatrix,
    mtpLayer: values.mtp,
  });
  await io.out(values.json ? printJson(manifest) : printManifest(manifest));
  return EXIT.done;
}

function readType(weights: string | undefined): GgufFileType {
  if (weights === undefined) throw badInput("--weights", "required, and missing: gguf:TYPE");
  const known = ggufTypes();
  const type = known.get(weights);
  if (type !== undefined) return type;
  const near = nearestId(weights, known.keys());
  const hint = near === undefined ? "; expected gguf:TYPE" : `; did you mean "${near}"?`;
  throw badInput("--weights", `unknown type ${JSON.stringify(weights.slice(0, 80))}${hint}`);
}

function readArchitecture(id: string): MlaArchitecture {
  const model = catalog.models.get(id);
  if (model) return model.architecture;
  const near = nearestId(id, catalog.models.keys());
  throw badInput(
    "--model",
    `unknown id ${JSON.stringify(id.slice(0, 80))}${near ? `; did you mean "${near}"?` : ""}`,
  );
}

function printManifest(manifest: GgufManifest): string {
  const byType = new Map<string, { tensors: number; bytes: number }>();
  for (const { type, bytes } of manifest.tensors) {
    const sum = byType.get(type) ?? { tensors: 0, bytes: 0 };
    byType.set(type, { tensors: sum.tensors + 1, bytes: sum.bytes + bytes });
  }
  const types = [...byType].sort(([, a], [, b]) => b.bytes - a.bytes);
  const row = (name: string, tensors: number, bytes: number) => [
    name,
    formatCount(tensors),
    formatCount(bytes),
    formatFileSize(bytes),
  ];
  const options = [
    manifest.imatrix ? "with imatrix" : "without imatrix",
    manifest.mtpLayer ? "with the MTP layer" : "without the MTP layer",
  ];
  return [
    `${manifest.model} as GGUF ${manifest.type}, ${options.join(", ")}: ${formatCount(manifest.parameters)} parameters\n`,
    printTable([
      ["tensor type", "tensors", "bytes", ""],
      ...types.map(([type, { tensors, bytes }]) => row(type, tensors, bytes)),
      row("all", manifest.tensors.length, manifest.tensorBytes),
    ]),
    printTable([
      ["file", "tensors", "bytes", ""],
      ...manifest.splits.map(({ file, tensors, bytes }) => row(file, tensors, bytes)),
    ]),
    "--json prints every tensor with its sources, offset and split file.\n",
  ].join("\n");
}
