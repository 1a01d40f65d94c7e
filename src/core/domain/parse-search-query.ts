/** From any JSON value to a search query, or to the one thing that is wrong with it. */
import * as v from "valibot";
import { checkId, describeIssue } from "./plan-checks.ts";
import {
  count,
  id,
  KV_CACHE_TYPES,
  positive,
  priceSchema,
  sloSchema,
  SPECULATIVE_MODES,
  workloadSchema,
} from "./plan-schema.ts";
import type { PlanVocabulary } from "./plan-vocabulary.ts";
import type { Problem } from "./problem.ts";
import { fail, ok, type Result } from "./result.ts";
import { SEARCH_VERSION, type SearchQuery } from "./search.ts";

/** Enough for any honest list; a longer one is a mistake or an attack. */
const MOST_CHOICES = 64;

const list = <T extends v.GenericSchema>(item: T) =>
  v.optional(v.pipe(v.array(item), v.minLength(1), v.maxLength(MOST_CHOICES)));
const ranks = list(count(1, 1024));

const owned = v.strictObject({
  accelerator: id,
  acceleratorsPerNode: count(1, 1024),
  nodes: v.optional(count(1, 4096), 1),
  host: v.optional(id),
  hostMemoryGiB: v.optional(positive(1_048_576)),
  fabric: v.optional(id),
});

const querySchema = v.strictObject({
  version: v.literal(SEARCH_VERSION),
  model: id,
  workload: workloadSchema,
  slo: v.optional(sloSchema, {}),
  budget: v.optional(
    v.strictObject({
      usdPerHour: v.optional(positive(1e9)),
      usdPerMillionOutputTokens: v.optional(positive(1e9)),
    }),
    {},
  ),
  powerWatts: v.optional(positive(1e10)),
  price: v.optional(priceSchema),
  owned: list(owned),
  engines: list(id),
  weights: list(id),
  accelerators: list(id),
  counts: list(count(0, 4096)),
  layouts: v.optional(
    v.strictObject({ tp: ranks, pp: ranks, dpAttention: ranks, ep: ranks, dcp: ranks, replicas: ranks }),
    {},
  ),
  kvCaches: list(v.picklist(KV_CACHE_TYPES)),
  offload: list(v.picklist(["gpu", "cpu"])),
  hosts: list(id),
  speculative: list(v.picklist(SPECULATIVE_MODES)),
  concurrencySteps: list(count(1, 1_000_000)),
  softestBasis: v.optional(v.picklist(["measured", "interpolated", "calibrated", "extrapolated", "assumed"])),
  objective: v.optional(v.picklist(["cheapest", "fastest", "smallest"]), "cheapest"),
});

type Written = v.InferOutput<typeof querySchema>;

/**
 * Checks and completes a query. Shape, bounds and ids only.
 *
 * Returns a Problem whose path is the field's (`slo.tpotMs`, `owned.0.nodes`), never throws on any JSON value.
 */
export function parseSearchQuery(input: unknown, vocabulary: PlanVocabulary): Result<SearchQuery, Problem> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return fail({ path: "", problem: "expected a search query object" });
  }
  const { version } = input as { version?: unknown };
  if (typeof version === "number" && Number.isInteger(version) && version > SEARCH_VERSION) {
    const problem = `this query is of version ${version}, and this Fathom reads queries up to version ${SEARCH_VERSION}`;
    return fail({ path: "version", problem });
  }
  const parsed = v.safeParse(querySchema, input, { abortEarly: true });
  if (!parsed.success) return fail(inWords(parsed.issues[0]));
  const problem = checkIds(parsed.output, vocabulary) ?? checkLoads(parsed.output);
  return problem ? fail(problem) : ok(complete(parsed.output));
}

/** As `parseSearchQuery`, from JSON text. */
export function parseSearchQueryText(text: string, vocabulary: PlanVocabulary): Result<SearchQuery, Problem> {
  let input: unknown;
  try {
    input = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unreadable";
    return fail({ path: "", problem: `not JSON (${reason.replaceAll(/\s+/g, " ").slice(0, 160)})` });
  }
  return parseSearchQuery(input, vocabulary);
}

function inWords(issue: v.BaseIssue<unknown>): Problem {
  const described = describeIssue(issue);
  if (issue.type === "min_length")
    return { ...described, problem: "an empty list finds nothing: leave it out" };
  if (issue.type === "max_length") {
    return {
      ...described,
      problem: `at most ${MOST_CHOICES} choices, got ${(issue.input as unknown[]).length}`,
    };
  }
  return described;
}

function checkIds(query: Written, vocabulary: PlanVocabulary): Problem | undefined {
  const lists: readonly (readonly [string, readonly string[] | undefined, ReadonlySet<string>])[] = [
    ["engines", query.engines, vocabulary.engines],
    ["weights", query.weights, vocabulary.weights],
    ["accelerators", query.accelerators, vocabulary.accelerators],
    ["hosts", query.hosts, vocabulary.hosts],
  ];
  const model = checkId("model", query.model, vocabulary.models);
  if (model) return model;
  for (const [path, ids = [], known] of lists) {
    for (const [i, asked] of ids.entries()) {
      const problem = checkId(`${path}.${i}`, asked, known);
      if (problem) return problem;
    }
  }
  for (const [i, hardware] of (query.owned ?? []).entries()) {
    const problem =
      checkId(`owned.${i}.accelerator`, hardware.accelerator, vocabulary.accelerators) ??
      checkId(`owned.${i}.host`, hardware.host, vocabulary.hosts) ??
      checkId(`owned.${i}.fabric`, hardware.fabric, vocabulary.fabrics);
    if (problem) return problem;
  }
  return undefined;
}

function checkLoads({ workload, concurrencySteps }: Written): Problem | undefined {
  if (workload.requestsPerSecond === undefined) return undefined;
  if (workload.concurrency !== undefined) {
    return { path: "workload.requestsPerSecond", problem: "give either concurrency or requestsPerSecond" };
  }
  if (concurrencySteps !== undefined) {
    return { path: "concurrencySteps", problem: "an arrival rate is one load: leave the steps out" };
  }
  return undefined;
}

function complete(written: Written): SearchQuery {
  const { workload } = written;
  const load = workload.requestsPerSecond === undefined ? { concurrency: workload.concurrency ?? 1 } : {};
  const query = {
    ...written,
    workload: { ...workload, ...load, prefixHitRate: workload.prefixHitRate ?? 0 },
  };
  return JSON.parse(JSON.stringify(query)) as SearchQuery;
}
