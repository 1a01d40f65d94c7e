import { open } from "node:fs/promises";
import { basename } from "node:path";
import { familyOf } from "../../core/catalog/family.ts";
import type { ByteSource, GgufInspection } from "../../core/domain/gguf-file.ts";
import type { Plan } from "../../core/domain/plan.ts";
import { manifestOfPlan } from "../../core/kit/plan-manifest.ts";
import { inspectGguf } from "../../core/tensors/model-files/inspect-gguf.ts";
import { formatCount, formatFileSize } from "../../core/units/format.ts";
import { catalog } from "../../planner-data.ts";
import { readArguments } from "../arguments.ts";
import { BadInput, badInput } from "../bad-input.ts";
import { EXIT, printJson, type Io } from "../io.ts";
import { checkFile, readPlan } from "../read-plan.ts";
import { printTable } from "../table.ts";

/** More lines than anybody reads; --json has the first 500. */
const MOST_PRINTED = 20;

/** `fathom verify FILE.gguf... [--plan PLAN]`: headers alone are read. */
export async function verifyCommand(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, {
    plan: { type: "string" },
    json: { type: "boolean", default: false },
  });
  if (positionals.length === 0) throw badInput("FILE", "required, and missing: a GGUF file, or its parts");
  const plan = values.plan === undefined ? null : await readPlan(values.plan, io);
  if (plan !== null && plan.goal !== "serve")
    throw badInput("goal", `"${plan.goal}" plans have no GGUF file`);
  const found = await inspect(positionals, plan);
  await io.out(values.json ? printJson(found) : print(found));
  const faults = faultsOf(found);
  for (const line of faults) io.err(line);
  return faults.length > 0 ? EXIT.infeasible : EXIT.done;
}

async function inspect(files: readonly string[], plan: Plan | null): Promise<GgufInspection> {
  const model = plan && catalog.models.get(plan.model);
  const tensors = (plan && model && manifestOfPlan(plan, model)?.tensors) ?? null;
  if (plan !== null && tensors === null)
    throw badInput(
      "weights",
      `the plan's weights are ${plan.weights}: there is no GGUF file to compare with`,
    );
  const opened = await Promise.all(files.map(openSource));
  try {
    const found = await inspectGguf(
      opened.map(({ source }) => source),
      familyOf(catalog),
      { model: plan?.model ?? "", tensors },
    );
    if (!found.ok) throw new BadInput(found.error, files[0]);
    return found.value;
  } finally {
    await Promise.all(opened.map(({ close }) => close()));
  }
}

async function openSource(file: string): Promise<{ source: ByteSource; close: () => Promise<void> }> {
  await checkFile(file);
  const handle = await open(file, "r");
  const { size } = await handle.stat();
  const read = async (from: number, to: number) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(to - from), 0, to - from, from);
    return buffer.subarray(0, bytesRead);
  };
  return { source: { name: basename(file), size, read }, close: () => handle.close() };
}

function print({ model, pieces, tensorBytes, comparison, mix, remarks }: GgufInspection): string {
  const own = model.name ?? model.models[0] ?? "unnamed";
  const lines = [
    `${own}: ${formatCount(pieces.reduce((sum, { tensors }) => sum + tensors, 0))} tensors, ${formatFileSize(tensorBytes)}`,
  ];
  if (mix.ok) {
    const { type, imatrix, mtpLayer, tensorTypes } = mix.value;
    const options = [imatrix ? ", with imatrix" : "", mtpLayer ? ", with the MTP layer" : ""].join("");
    lines.push(
      `Mix: gguf:${type}${options}${tensorTypes.length === 0 ? "" : ", and by tensor, the first that is found:"}`,
    );
    lines.push(...tensorTypes.map(({ pattern, type: of }) => `  ${pattern}=${of}`));
  } else lines.push(`Mix: no plan makes it (${mix.error.path}: ${mix.error.problem})`);
  lines.push(...remarks);
  if (comparison) {
    lines.push(
      `Plan: ${formatCount(comparison.same)} of ${formatCount(comparison.wanted)} tensors are the plan's`,
    );
    const rows = comparison.differences
      .slice(0, MOST_PRINTED)
      .map(({ kind, name, found, wanted }) => [name, kind, found || "-", wanted || "-"]);
    if (rows.length > 0)
      lines.push(printTable([["tensor", "differs in", "file", "plan"], ...rows], [0, 1, 2, 3]).trimEnd());
    if (comparison.differences.length > MOST_PRINTED) lines.push("--json prints more of them.");
  }
  return `${lines.join("\n")}\n`;
}

function faultsOf({ pieces, comparison }: GgufInspection): string[] {
  const short = pieces
    .filter(({ missingBytes }) => missingBytes > 0)
    .map(({ name, missingBytes }) => `${name}: ${missingBytes} bytes short of what its header promises`);
  if (!comparison) return short;
  const kinds = Object.entries(comparison.counts).filter(([, count]) => count > 0);
  const words = kinds.map(([kind, count]) => `${count} ${kind}`).join(", ");
  return words === "" ? short : [...short, `not the plan's file: ${words}`];
}
