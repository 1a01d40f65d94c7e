/**
 * From a plan of any goal to its kit: the one way that the command line and the page share, so that both give the
 * same bytes. Facts come by functions: tables load on demand, and core reads no files.
 */
import type { AnyPlan } from "../domain/any-plan.ts";
import type { Catalog } from "../domain/catalog.ts";
import type { DistillEstimate, TeacherEstimate } from "../domain/distill-estimate.ts";
import type { DistillPlan } from "../domain/distill-plan.ts";
import type { EngineFlags } from "../domain/engine-flags.ts";
import type { Estimate } from "../domain/estimate.ts";
import type { FinetuneEstimate } from "../domain/finetune-estimate.ts";
import type { FinetunePlan } from "../domain/finetune-plan.ts";
import type { Infeasible } from "../domain/infeasible.ts";
import type { Kit } from "../domain/kit.ts";
import type { OpTableSet } from "../domain/op-tables.ts";
import { servingPlanOf, underTeacher } from "../domain/parse-distill-plan.ts";
import type { Plan } from "../domain/plan.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { StudentFacts } from "../domain/student.ts";
import { compileKit } from "../kit/compile-kit.ts";
import { compileDistillKit } from "../kit/distill/compile-distill-kit.ts";
import { compileFinetuneKit } from "../kit/finetune/compile-finetune-kit.ts";
import { manifestOfPlan } from "../kit/plan-manifest.ts";
import { planToLink } from "../link/plan-link.ts";
import { checkDistillIds, evaluateDistill } from "../model/distill/evaluate-distill.ts";
import { evaluate } from "../model/evaluate.ts";
import { evaluateFinetune } from "../model/finetune/evaluate-finetune.ts";

export interface KitFacts {
  readonly catalog: Catalog;
  readonly opTables: (accelerator: string) => Promise<OpTableSet | null>;
  /** Null for engines without kits. */
  readonly flags: (engine: string) => Promise<EngineFlags | null>;
  readonly students: () => Promise<StudentFacts>;
}

/** What a kit promises, by the goal of its plan. */
export type Promised =
  | { readonly goal: "serve"; readonly estimate: Estimate }
  | { readonly goal: "finetune"; readonly estimate: FinetuneEstimate }
  | {
      readonly goal: "distill";
      readonly estimate: DistillEstimate;
      /** As people call it. */
      readonly student: string;
    };

export type KitOfPlan =
  | { readonly fits: true; readonly kit: Kit; readonly promised: Promised }
  | { readonly fits: false; readonly infeasible: readonly Infeasible[] };

type Answer = Promise<Result<KitOfPlan, Problem>>;

/** Returns Problem for what no kit can be made of, and the reasons of a plan that does not fit as an answer. */
export function kitOfPlan(plan: AnyPlan, facts: KitFacts): Answer {
  if (plan.goal === "distill") return kitOfDistillation(plan, facts);
  if (plan.goal === "finetune") return Promise.resolve(kitOfFinetuning(plan, facts));
  return kitOfServing(plan, facts);
}

async function tablesFor(
  accelerator: string | undefined,
  { opTables }: KitFacts,
): Promise<OpTableSet | null> {
  return accelerator === undefined ? null : opTables(accelerator);
}

async function kitOfServing(plan: Plan, facts: KitFacts): Answer {
  const { catalog } = facts;
  const estimate = evaluate(plan, { catalog, opTables: await tablesFor(plan.cluster.accelerator, facts) });
  if (!estimate.fits) return ok({ fits: false, infeasible: estimate.infeasible });
  const flags = await facts.flags(plan.engine);
  if (flags === null) {
    const name = catalog.engines.get(plan.engine)?.name ?? plan.engine;
    return fail({ path: "engine", problem: `there is no kit for ${name} yet` });
  }
  const model = catalog.models.get(plan.model);
  const manifest = model && manifestOfPlan(plan, model);
  const link = planToLink(plan);
  const kit = compileKit({ plan, estimate, catalog, flags, link, ...(manifest ? { manifest } : {}) });
  return kit.ok ? ok({ fits: true, kit: kit.value, promised: { goal: "serve", estimate } }) : kit;
}

function kitOfFinetuning(plan: FinetunePlan, { catalog }: KitFacts): Result<KitOfPlan, Problem> {
  const estimate = evaluateFinetune(plan, { catalog });
  if (!estimate.fits) return ok({ fits: false, infeasible: estimate.infeasible });
  const model = catalog.models.get(plan.model);
  if (model === undefined)
    return fail({ path: "model", problem: `unknown id ${JSON.stringify(plan.model)}` });
  const framework = catalog.trainingFrameworks.get(plan.framework);
  if (framework === undefined)
    return fail({ path: "framework", problem: `no release of ${plan.framework} is known` });
  const accelerator = catalog.accelerators.get(plan.cluster.accelerator ?? "");
  const host = catalog.hosts.get(plan.cluster.host ?? "");
  const sockets = plan.cluster.sockets ?? host?.sockets;
  const kit = compileFinetuneKit({
    plan,
    estimate,
    model,
    framework,
    ...(accelerator ? { accelerator } : {}),
    ...(sockets === undefined ? {} : { sockets }),
    needsImatrix: catalog.weightFormats.get(plan.result.weights)?.needsImatrix === true,
    link: planToLink(plan),
  });
  return kit.ok ? ok({ fits: true, kit: kit.value, promised: { goal: "finetune", estimate } }) : kit;
}

/** The teacher's own kit lies inside, where its engine has one. */
async function kitOfDistillation(plan: DistillPlan, facts: KitFacts): Answer {
  const { catalog } = facts;
  const students = await facts.students();
  const wrong = checkDistillIds(plan, students);
  if (wrong) return fail(wrong);
  const opTables = await tablesFor(plan.cluster.accelerator, facts);
  const estimate = evaluateDistill(plan, { model: { catalog, opTables }, students });
  if (!estimate.fits) return ok({ fits: false, infeasible: estimate.infeasible });
  const taught = await teacherKit(plan, estimate.teacher, facts);
  if (!taught.ok) return taught;
  const teacher = taught.value;
  if (teacher?.fits === false) return ok(teacher);
  const model = catalog.models.get(plan.model);
  if (model === undefined)
    return fail({ path: "model", problem: `unknown id ${JSON.stringify(plan.model)}` });
  const kit = compileDistillKit({
    plan,
    estimate,
    student: plan.student.architecture === undefined ? students.students.get(plan.student.id) : undefined,
    model,
    teacher: teacher?.kit,
    served: teacher?.kit.serves ?? {
      name: model.id,
      port: 8000,
      contextTokens: model.architecture.maxContextTokens,
    },
    link: planToLink(plan),
  });
  return kit.ok
    ? ok({
        fits: true,
        kit: kit.value,
        promised: {
          goal: "distill",
          estimate,
          student: students.students.get(plan.student.id)?.name ?? plan.student.id,
        },
      })
    : kit;
}

/** At the load that its job was judged by; undefined where its engine has no kit. */
async function teacherKit(
  plan: DistillPlan,
  job: TeacherEstimate | null,
  facts: KitFacts,
): Promise<Result<KitOfPlan | undefined, Problem>> {
  const served = servingPlanOf(plan, job?.concurrency ?? 1);
  if ((await facts.flags(served.engine)) === null) return ok(undefined);
  const workload = { ...served.workload, prefixHitRate: job?.prefixHitRate ?? 0 };
  const compiled = await kitOfServing({ ...served, workload }, facts);
  if (!compiled.ok) return fail(underTeacher(compiled.error));
  if (compiled.value.fits) return compiled;
  const infeasible = compiled.value.infeasible.map((reason) => ({
    ...reason,
    message: `The teacher as its kit would serve it: ${reason.message}`,
  }));
  return ok({ fits: false, infeasible });
}
