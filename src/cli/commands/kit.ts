import { createHash } from "node:crypto";
import type { AnyPlan } from "../../core/domain/any-plan.ts";
import type { TeacherEstimate } from "../../core/domain/distill-estimate.ts";
import type { DistillPlan } from "../../core/domain/distill-plan.ts";
import type { EngineFlags } from "../../core/domain/engine-flags.ts";
import type { Infeasible } from "../../core/domain/infeasible.ts";
import type { Kit } from "../../core/domain/kit.ts";
import { servingPlanOf, underTeacher } from "../../core/domain/parse-distill-plan.ts";
import type { Plan } from "../../core/domain/plan.ts";
import type { Problem } from "../../core/domain/problem.ts";
import { fail, ok, type Result } from "../../core/domain/result.ts";
import { compileKit } from "../../core/kit/compile-kit.ts";
import { compileDistillKit } from "../../core/kit/distill/compile-distill-kit.ts";
import { manifestOfPlan } from "../../core/kit/plan-manifest.ts";
import { zipKit } from "../../core/kit/zip-kit.ts";
import { planToLink } from "../../core/link/plan-link.ts";
import { formatCount } from "../../core/units/format.ts";
import { catalog, loadEngineFlags } from "../../planner-data.ts";
import { reasonsOf } from "../answer-plan.ts";
import { onlyOne, readArguments } from "../arguments.ts";
import { BadInput, badInput } from "../bad-input.ts";
import { evaluateDistillPlan, studentFacts } from "../distill-answer.ts";
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
  return orThrow(await compileServing(plan, await loadEngineFlags(plan.engine)));
}

/** The kit of a serving plan; the problem is told by the serving plan's own paths. */
async function compileServing(plan: Plan, flags: EngineFlags | null): Promise<Result<Compiled, Problem>> {
  const estimate = await evaluatePlan(plan);
  if (!estimate.fits) return ok({ fits: false, infeasible: estimate.infeasible });
  if (flags === null) return fail({ path: "engine", problem: `no kit for ${plan.engine} yet` });
  const model = catalog.models.get(plan.model);
  const manifest = model && manifestOfPlan(plan, model);
  const link = planToLink(plan);
  const kit = compileKit({ plan, estimate, catalog, flags, link, ...(manifest ? { manifest } : {}) });
  return kit.ok ? ok({ fits: true, kit: kit.value }) : kit;
}

/** The teacher's own kit lies inside, where its engine has one. */
async function compileDistillPlan(plan: DistillPlan): Promise<Compiled> {
  const estimate = await evaluateDistillPlan(plan);
  if (!estimate.fits) return { fits: false, infeasible: estimate.infeasible };
  const teacher = await compileTeacher(plan, estimate.teacher);
  if (teacher?.fits === false) return teacher;
  const { students } = await studentFacts();
  const model = catalog.models.get(plan.model);
  if (model === undefined) throw badInput("model", `unknown id ${JSON.stringify(plan.model)}`);
  const kit = compileDistillKit({
    plan,
    estimate,
    student: plan.student.architecture === undefined ? students.get(plan.student.id) : undefined,
    model,
    teacher: teacher?.kit,
    served: teacher?.kit.serves ?? {
      name: model.id,
      port: 8000,
      contextTokens: model.architecture.maxContextTokens,
    },
    link: planToLink(plan),
  });
  return { fits: true, kit: orThrow(kit) };
}

/** At the load that its job was judged by; undefined where its engine has no kit. */
async function compileTeacher(plan: DistillPlan, job: TeacherEstimate | null): Promise<Compiled | undefined> {
  const served = servingPlanOf(plan, job?.concurrency ?? 1);
  const flags = await loadEngineFlags(served.engine);
  if (flags === null) return undefined;
  const workload = { ...served.workload, prefixHitRate: job?.prefixHitRate ?? 0 };
  const compiled = await compileServing({ ...served, workload }, flags);
  if (!compiled.ok) throw new BadInput(underTeacher(compiled.error));
  if (compiled.value.fits) return compiled.value;
  const infeasible = compiled.value.infeasible.map((reason) => ({
    ...reason,
    message: `The teacher as its kit would serve it: ${reason.message}`,
  }));
  return { fits: false, infeasible };
}

function orThrow<T>(result: Result<T, Problem>): T {
  if (result.ok) return result.value;
  throw new BadInput(result.error);
}

function describe(kit: Kit, where: string): string {
  const cannot = kit.unsupported.map(({ path, reason }) => `  ${path}: ${reason}\n`);
  const list = cannot.length > 0 ? `What it cannot express:\n${cannot.join("")}` : "";
  return plainText(`${kit.name}: ${formatCount(kit.files.length)} files in ${where}\n${list}`);
}
