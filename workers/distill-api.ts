/** What the page may ask of the worker that plans distillations. Types only. */
import type { DistillMetric, PlanExplanation } from "../src/core/domain/explanation.ts";
import type { DistillEstimate } from "../src/core/domain/distill-estimate.ts";
import type { DistillPlan } from "../src/core/domain/distill-plan.ts";
import type { Ranged } from "../src/core/domain/provenance.ts";
import type { EdgeKind } from "../src/core/domain/student.ts";

/** Students and devices as forms need them. */
export interface DistillDirectory {
  readonly students: readonly { readonly id: string; readonly name: string; readonly parameters: number }[];
  readonly devices: readonly {
    readonly id: string;
    readonly name: string;
    readonly kind: EdgeKind;
    readonly usableBytes: number;
  }[];
  /** Of llama.cpp, largest first. */
  readonly types: readonly string[];
}

/** What a plan would come to, in the few numbers that a row of a table shows. */
export interface DistillConsequence {
  readonly fits: boolean;
  /** Why it does not work or cannot be told; null where all is well. */
  readonly reason: string | null;
  readonly hours: number | null;
  readonly usd: number | null;
  readonly tokensPerSecond: number | null;
}

/** A way to serve the teacher that a search found, with what this plan's job would take there. */
export interface FoundTeacher {
  readonly plan: DistillPlan;
  readonly name: string;
  readonly hours: Ranged;
  readonly usd: Ranged;
}

export interface TeacherSearch {
  readonly tried: number;
  /** Cheapest first. */
  readonly found: readonly FoundTeacher[];
}

export interface DistillApi {
  directory(): Promise<DistillDirectory>;
  /** `problem`: an id that no table knows, as one line. */
  evaluate(plan: DistillPlan): Promise<{ readonly estimate: DistillEstimate } | { readonly problem: string }>;
  /** Null where the plan names what no table knows. */
  explain(plan: DistillPlan): Promise<PlanExplanation<DistillMetric> | null>;
  /** As many answers as plans, in their order. */
  compare(plans: readonly DistillPlan[]): Promise<readonly DistillConsequence[]>;
  /** The cheapest machines, formats, engines and layouts for the teacher's job, latency no object. */
  findTeachers(plan: DistillPlan, limit: number): Promise<TeacherSearch>;
}
