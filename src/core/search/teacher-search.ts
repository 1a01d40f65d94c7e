/** Where a teacher's job is cheapest: the whole search with throughput for its only aim. */
import type { DistillPlan } from "../domain/distill-plan.ts";
import type { TeacherEstimate } from "../domain/distill-estimate.ts";
import type { Plan } from "../domain/plan.ts";
import type { SearchQuery } from "../domain/search.ts";
import { servingPlanOf } from "../domain/parse-distill-plan.ts";
import { teacherJobOf } from "../model/distill/evaluate-distill.ts";
import { bestLoad, estimateTeacherJob, jobHitRate, type JobShape } from "../model/distill/teacher-job.ts";
import { enumerateSpace, planOfCandidate } from "./enumerate.ts";
import { modelFacts, type SearchFacts } from "./family-facts.ts";
import { searchAll } from "./search.ts";

export interface TeacherCandidate {
  readonly plan: DistillPlan;
  readonly job: TeacherEstimate;
}

export interface TeacherCandidates {
  readonly tried: number;
  readonly found: readonly TeacherCandidate[];
}

/** Loads that a batch job may run at: latency is no object, so they start where serving ends. */
const LOADS = [16, 64, 256, 1024] as const;
/** Weight formats that change what the teacher writes by little: fewer bits make another teacher. */
const FAITHFUL = new Set(["bf16", "fp8"]);

/** What the search is asked for a job: the cheapest token on machines that can be rented, of the plan's own formats. */
export function teacherQuery(plan: DistillPlan, job: JobShape): SearchQuery {
  const { inputTokens, outputTokens } = job;
  return {
    version: 1,
    model: plan.model,
    workload: { inputTokens, outputTokens, concurrency: LOADS[0], prefixHitRate: jobHitRate(job) },
    slo: {},
    budget: {},
    engines: ["sglang", "vllm", "tensorrt-llm"],
    weights: [...new Set([...FAITHFUL, plan.teacher.weights])],
    counts: [8, 16, 32],
    layouts: { replicas: [1] },
    offload: ["gpu"],
    speculative: ["off"],
    concurrencySteps: [...LOADS],
    objective: "cheapest",
    ...(plan.price?.term === undefined ? {} : { price: { term: plan.price.term } }),
  };
}

/** The distillation with another server under its teacher. */
export function withServer(plan: DistillPlan, served: Plan): DistillPlan {
  const { weights, kvCache, engine, layout, options, speculative } = served;
  return {
    ...plan,
    cluster: served.cluster,
    teacher: { weights, ...(kvCache === undefined ? {} : { kvCache }), engine, layout, options, speculative },
  };
}

/**
 * The cheapest servers for the teacher's answers, one of each accelerator, each at its own best load.
 *
 * Returns  at most `limit`; the job's own interval and price are those of `evaluateDistill`.
 */
export async function findTeachers(
  plan: DistillPlan,
  facts: SearchFacts,
  limit: number,
): Promise<TeacherCandidates> {
  const job = teacherJobOf(plan);
  const query = teacherQuery(plan, job);
  const space = enumerateSpace(query, facts.catalog);
  const result = await searchAll(query, facts);
  const best = new Map<string, TeacherCandidate>();
  for (const row of result.ranked) {
    const served = planOfCandidate(space, result.rows.candidate[row] ?? 0);
    const key = served.cluster.accelerator ?? "";
    if (best.has(key)) continue;
    const candidate = withServer(plan, served);
    const serving = servingPlanOf(candidate, 1);
    const point = bestLoad(serving, job, modelFacts(facts, served.cluster.accelerator));
    const estimate = estimateTeacherJob(point, serving, job);
    if (estimate !== null && estimate.usd !== null) best.set(key, { plan: candidate, job: estimate });
    if (best.size >= limit) break;
  }
  const found = [...best.values()].sort((a, b) => (a.job.usd?.value ?? 0) - (b.job.usd?.value ?? 0));
  return { tried: result.tried, found };
}
