import { createHash } from "node:crypto";
import type { AnyPlan } from "../../core/domain/any-plan.ts";
import type { Model } from "../../core/domain/catalog.ts";
import type { DistillPlan } from "../../core/domain/distill-plan.ts";
import type { Infeasible } from "../../core/domain/infeasible.ts";
import type { Kit } from "../../core/domain/kit.ts";
import { servingPlanOf } from "../../core/domain/parse-distill-plan.ts";
import { compileKit } from "../../core/kit/compile-kit.ts";
import { compileDistillKit } from "../../core/kit/distill/compile-distill-kit.ts";
import { manifestOfPlan } from "../../core/kit/plan-manifest.ts";
import { zipKit } from "../../core/kit/zip-kit.ts";
import { planToLink } from "../../core/link/plan-link.ts";
import { formatCount } from "../../core/units/format.ts";
import { catalog, loadEngineFlags, loadStudents } from "../../planner-data.ts";
import { reasonsOf } from "../answer-plan.ts";
import { onlyOne, readArguments } from "../arguments.ts";
import { BadInput, badInput } from "../bad-input.ts";
import { evaluateDistillPlan } from "../distill-answer.ts";
import { evaluatePlan } from "../evaluate-plan.ts";
import { EXIT, plainText, type Io } from "../io.ts";
import { readPlan } from "../read-plan.ts";
import { refuseFolder, writeFile, writeFolder } from "../write-kit.ts";

export async function kitCommand(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, {
    out: { type: "string" },
    zip: { type: "string" },
    force: { type: "boolean", default: false },
  });
  const { out, zip, force } = values;
  const name = onlyOne(positionals, "PLAN");
  if ((out === undefined) === (zip === undefined))
    throw badInput("arguments", "give either --out DIR or --zip FILE");
  const plan = await readPlan(name, io);
  if (out !== undefined) await refuseFolder(out, force);
  const compiled = await compilePlan(plan);
  if (!compiled.fits) {
    for (const reason of reasonsOf(compiled)) io.err(plainText(reason));
    return EXIT.infeasible;
  }
  const { kit } = compiled;
  if (out !== undefined) {
    await writeFolder(out, kit.files);
    await io.out(describe(kit, out));
  } else if (zip !== undefined) {
    const bytes = zipKit(kit);
    await writeFile(zip, bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    await io.out(`${describe(kit, zip)}sha256 ${sha256}\n`);
  }
  return EXIT.done;
}

type Compiled = { readonly fits: true; readonly kit: Kit } | Refused;
interface Refused {
  readonly fits: false;
  readonly infeasible: readonly Infeasible[];
}

/** Throws BadInput for what no kit can be made of. */
async function compilePlan(plan: AnyPlan): Promise<Compiled> {
  if (plan.goal === "distill") return compileDistillPlan(plan);
  if (plan.goal !== "serve") throw badInput("goal", `no kit for "${plan.goal}" plans yet`);
  const estimate = await evaluatePlan(plan);
  if (!estimate.fits) return { fits: false, infeasible: estimate.infeasible };
  const flags = await loadEngineFlags(plan.engine);
  if (flags === null) throw badInput("engine", `no kit for ${plan.engine} yet`);
  const model = catalog.models.get(plan.model);
  const manifest = model && manifestOfPlan(plan, model);
  const link = planToLink(plan);
  const kit = compileKit({ plan, estimate, catalog, flags, link, ...(manifest ? { manifest } : {}) });
  if (!kit.ok) throw new BadInput(kit.error);
  return { fits: true, kit: kit.value };
}

/** The teacher's own kit lies inside, where its engine has one. */
async function compileDistillPlan(plan: DistillPlan): Promise<Compiled> {
  const estimate = await evaluateDistillPlan(plan);
  if (!estimate.fits) return { fits: false, infeasible: estimate.infeasible };
  const served = servingPlanOf(plan, estimate.teacher?.concurrency ?? 1);
  const teacher = (await loadEngineFlags(served.engine)) === null ? undefined : await compilePlan(served);
  const inner = teacher?.fits === true ? teacher.kit : undefined;
  const { students } = await loadStudents();
  const model = catalog.models.get(plan.model);
  if (model === undefined) throw badInput("model", `unknown id ${JSON.stringify(plan.model)}`);
  const kit = compileDistillKit({
    plan,
    estimate,
    student: plan.student.architecture === undefined ? students.get(plan.student.id) : undefined,
    model,
    teacher: inner,
    served: servedBy(inner, model),
    link: planToLink(plan),
  });
  if (!kit.ok) throw new BadInput(kit.error);
  return { fits: true, kit: kit.value };
}

/** Where the teacher's kit says that it listens, how long a request may be, and the name that it gives its model. */
function servedBy(kit: Kit | undefined, { id, architecture }: Model) {
  const manifest = kit?.files.find(({ path }) => path === "kit.json")?.text ?? "{}";
  const { ports, contextTokens } = JSON.parse(manifest) as {
    ports?: readonly { readonly port: number }[];
    contextTokens?: number;
  };
  return {
    name: id,
    port: ports?.[0]?.port ?? 8000,
    contextTokens: contextTokens ?? architecture.maxContextTokens,
  };
}

function describe(kit: Kit, where: string): string {
  const cannot = kit.unsupported.map(({ path, reason }) => `  ${path}: ${reason}\n`);
  const list = cannot.length > 0 ? `What it cannot express:\n${cannot.join("")}` : "";
  return plainText(`${kit.name}: ${formatCount(kit.files.length)} files in ${where}\n${list}`);
}
