/** The distillation's answers, for whichever thread they are asked on. */
import type { DistillPlan } from "../src/core/domain/distill-plan.ts";
import type { OpTableSet } from "../src/core/domain/op-tables.ts";
import type { AcceleratorId } from "../src/core/domain/plan.ts";
import { formatProblem } from "../src/core/domain/problem.ts";
import {
  checkDistillIds,
  evaluateDistill,
  type DistillFacts,
} from "../src/core/model/distill/evaluate-distill.ts";
import { explainDistill } from "../src/core/model/explain/explain-distill.ts";
import { findTeachers } from "../src/core/search/teacher-search.ts";
import { countDenseParameters } from "../src/core/tensors/dense-tensors.ts";
import { GGUF_FILE_TYPES } from "../src/core/tensors/gguf-mixes.ts";
import { catalog, loadOpTables, loadStudents } from "../src/planner-data.ts";
import type { DistillApi, DistillConsequence } from "./distill-api.ts";

let students: ReturnType<typeof loadStudents> | undefined;
const tables = new Map<AcceleratorId, Promise<OpTableSet | null>>();

/** A failed load is tried again. */
function studentFacts(): ReturnType<typeof loadStudents> {
  students ??= loadStudents();
  students.catch(() => (students = undefined));
  return students;
}

function tablesOf(id: AcceleratorId): Promise<OpTableSet | null> {
  const loading = tables.get(id) ?? loadOpTables(id);
  tables.set(id, loading);
  loading.catch(() => tables.delete(id));
  return loading;
}

async function factsOf({ cluster }: DistillPlan): Promise<DistillFacts> {
  const opTables = cluster.accelerator === undefined ? null : await tablesOf(cluster.accelerator);
  return { model: { catalog, opTables }, students: await studentFacts() };
}

async function consequence(plan: DistillPlan): Promise<DistillConsequence> {
  const facts = await factsOf(plan);
  const wrong = checkDistillIds(plan, facts.students);
  if (wrong)
    return { fits: false, reason: formatProblem(wrong), hours: null, usd: null, tokensPerSecond: null };
  const { fits, infeasible, chain, edge } = evaluateDistill(plan, facts);
  return {
    fits,
    reason: infeasible[0]?.message ?? null,
    hours: chain?.hours.value ?? null,
    usd: chain?.usd?.value ?? null,
    tokensPerSecond: edge.chosen.tokensPerSecond?.value ?? null,
  };
}

export const distiller: DistillApi = {
  async directory() {
    const facts = await studentFacts();
    return {
      students: [...facts.students.values()].map(({ id, name, architecture }) => ({
        id,
        name,
        parameters: countDenseParameters(architecture).total,
      })),
      devices: [...facts.devices.values()].map(({ id, name, kind, usableMemory }) => ({
        id,
        name,
        kind,
        usableBytes: usableMemory.value,
      })),
      types: GGUF_FILE_TYPES.filter((type) => type !== "MXFP4_MOE"),
    };
  },
  async evaluate(plan) {
    const facts = await factsOf(plan);
    const wrong = checkDistillIds(plan, facts.students);
    return wrong ? { problem: formatProblem(wrong) } : { estimate: evaluateDistill(plan, facts) };
  },
  async explain(plan) {
    const facts = await factsOf(plan);
    return checkDistillIds(plan, facts.students) ? null : explainDistill(plan, facts);
  },
  compare: (plans) => Promise.all(plans.map(consequence)),
  async findTeachers(plan, limit) {
    const loaded = await Promise.all(
      [...catalog.accelerators.keys()].map(async (id) => [id, await tablesOf(id)] as const),
    );
    const opTables = new Map(loaded.flatMap(([id, set]) => (set === null ? [] : [[id, set] as const])));
    const { tried, found } = await findTeachers(plan, { catalog, opTables }, limit);
    return {
      tried,
      found: found.flatMap(({ plan: candidate, job }) => {
        const { accelerator, acceleratorsPerNode, nodes } = candidate.cluster;
        const machine = catalog.accelerators.get(accelerator ?? "")?.shortName ?? accelerator ?? "CPU";
        const format =
          catalog.weightFormats.get(candidate.teacher.weights)?.name ?? candidate.teacher.weights;
        const engine = catalog.engines.get(candidate.teacher.engine)?.name ?? candidate.teacher.engine;
        const name = `${acceleratorsPerNode * nodes} × ${machine}, ${format}, ${engine}`;
        return job.usd === null ? [] : [{ plan: candidate, name, hours: job.hours, usd: job.usd }];
      }),
    };
  },
};
