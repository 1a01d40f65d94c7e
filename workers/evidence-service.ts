/** Validation, claims and weight formats, for whichever thread they are asked on. */
import type { MeasurementRecord } from "../src/core/domain/measurement.ts";
import type { OpTableSet } from "../src/core/domain/op-tables.ts";
import type { Plan } from "../src/core/domain/plan.ts";
import { completePlan } from "../src/core/evidence/complete-plan.ts";
import { recomputeClaims } from "../src/core/evidence/claims.ts";
import { likelyCause } from "../src/core/evidence/likely-cause.ts";
import { acceleratorsOf, validateRecords } from "../src/core/evidence/validate.ts";
import { evaluate, type ModelFacts } from "../src/core/model/evaluate.ts";
import { isEarlyBuild } from "../src/core/model/serving/step-models.ts";
import {
  catalog,
  loadClaims,
  loadMeasurements,
  loadOpTables,
  loadQuality,
  loadSuspects,
} from "../src/planner-data.ts";
import type { Consequence } from "./api.ts";
import { consequenceOf, consequenceOfFailure } from "./consequence.ts";
import type { Evidence, EvidenceApi, WeightsAnswer } from "./evidence-api.ts";
import { evidenceRecord } from "./evidence-records.ts";
import { tensorMix, weightsSize } from "./quantization-mix.ts";

/** The model that circulating claims are about. */
const CLAIMED_MODEL = "deepseek-v3-0324";
/** What the plans of claims run on. */
const CLAIMED_ACCELERATORS = ["a100-80-sxm", "h100-sxm", "h200-sxm"] as const;

const tables = new Map<string, OpTableSet | null>();

async function factsFor(
  accelerators: readonly string[],
): Promise<(accelerator: string | null) => ModelFacts> {
  for (const id of accelerators) if (!tables.has(id)) tables.set(id, await loadOpTables(id));
  return (id) => ({ catalog, opTables: (id === null ? null : tables.get(id)) ?? null });
}

async function findEvidence(): Promise<Evidence> {
  const [records, suspects] = await Promise.all([loadMeasurements(), loadSuspects()]);
  const loadFacts = await factsFor(acceleratorsOf(records));
  const report = validateRecords(records, loadFacts);
  const byId = new Map<string, MeasurementRecord>(records.map((record) => [record.id, record]));
  const shown = new Map(
    records.map((record) => [record.id, evidenceRecord(record, catalog, suspects.get(record.id) ?? [])]),
  );
  const early = earlyBuilds(records, loadFacts);
  return {
    records: [...shown.values()],
    rows: report.rows.flatMap(({ class: _, ...row }) => {
      const [record, meta] = [byId.get(row.id), shown.get(row.id)];
      if (!record || !meta) return [];
      const cause = likelyCause(record, row, meta.suspicions, meta.assumptions, early.has(row.id));
      return [{ ...row, cause }];
    }),
    unpredicted: report.unpredicted,
    leftOut: catalog.intervals?.classes ?? null,
  };
}

function earlyBuilds(
  records: readonly MeasurementRecord[],
  loadFacts: (accelerator: string | null) => ModelFacts,
): ReadonlySet<string> {
  const found = records.filter((record) => {
    const completed = completePlan(record, catalog);
    if (!completed.ok) return false;
    const { plan, run } = completed.value;
    return isEarlyBuild(plan, loadFacts(plan.cluster.accelerator ?? null), run);
  });
  return new Set(found.map(({ id }) => id));
}

function weightsAnswer(plan: Plan, facts: ModelFacts): WeightsAnswer {
  const architecture = catalog.models.get(plan.model)?.architecture;
  const size = architecture ? weightsSize(architecture, plan) : null;
  const sizes = {
    bytes: size?.bytes ?? null,
    bitsPerWeight: size === null ? null : (size.bytes * 8) / size.parameters,
  };
  try {
    const estimate = evaluate(plan, facts);
    return {
      ...sizes,
      ...verdict(consequenceOf(estimate)),
      perUser: estimate.performance?.outputTokensPerSecondPerUser ?? null,
      total: estimate.performance?.outputTokensPerSecond ?? null,
    };
  } catch (error) {
    return { ...sizes, ...verdict(consequenceOfFailure(error)), perUser: null, total: null };
  }
}

function verdict({ fits, reason, impossible, spareBytes, basis }: Consequence) {
  return { fits, reason, impossible, spareBytes, basis };
}

let evidence: Promise<Evidence> | undefined;

export const evidenceService: EvidenceApi = {
  // Records and model change with the build alone: computed once.
  evidence: () => {
    evidence ??= findEvidence();
    evidence.catch(() => (evidence = undefined));
    return evidence;
  },
  claims: async () => {
    const architecture = catalog.models.get(CLAIMED_MODEL)?.architecture;
    if (!architecture) throw new Error(`${CLAIMED_MODEL} is not catalogued`);
    const [claims, quality, loadFacts] = await Promise.all([
      loadClaims(),
      loadQuality(),
      factsFor(CLAIMED_ACCELERATORS),
    ]);
    return recomputeClaims(claims, { catalog, quality, architecture, loadFacts });
  },
  compareWeights: async (plans) => {
    const ids = new Set(plans.flatMap(({ cluster }) => cluster.accelerator ?? []));
    const loadFacts = await factsFor([...ids]);
    return plans.map((plan) => weightsAnswer(plan, loadFacts(plan.cluster.accelerator ?? null)));
  },
  quality: loadQuality,
  mix: (plan) => {
    const architecture = catalog.models.get(plan.model)?.architecture;
    return Promise.resolve(architecture ? tensorMix(architecture, plan) : null);
  },
};
