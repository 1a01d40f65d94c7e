/** Published perplexities, circulating claims, and the list of measurements under suspicion. */
import * as v from "valibot";
import type { PublishedPerplexity, PublishedQuality, SizingClaim } from "../domain/published.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { danglingSource, findDanglingSource } from "./check-references.ts";
import { checkSchema } from "./check-schema.ts";
import { formatPath } from "./describe-issue.ts";
import { columns, count, positive, text } from "./fact-schema.ts";

const QUALITY_COLUMNS = [
  "model",
  "recipe",
  "weights",
  "sizeGiB",
  "bitsPerWeight",
  "perplexity",
  "plusMinus",
  "source",
] as const;
const maybe = v.nullable(positive);
const qualityRow = v.strictTuple([text, text, v.nullable(text), maybe, maybe, positive, maybe, text]);
const qualitySchema = v.strictObject({
  test: v.strictObject({ text, contextTokens: count, chunks: count }),
  columns: columns(QUALITY_COLUMNS),
  rows: v.array(qualityRow),
});

const claimsSchema = v.array(
  v.strictObject({
    id: text,
    subject: text,
    text,
    stated: v.optional(v.strictObject({ low: positive, high: v.optional(positive), unit: text })),
    condition: v.optional(text),
    source: text,
  }),
);

const suspectsSchema = v.record(text, v.pipe(v.array(text), v.minLength(1)));

/** planner-data/quality/quality.json. `sources` are the ids of sources.json. */
export function parseQuality(
  content: unknown,
  sources: ReadonlySet<string>,
): Result<PublishedQuality, Problem> {
  const parsed = checkSchema(qualitySchema, content, "");
  if (!parsed.ok) return parsed;
  const rows: PublishedPerplexity[] = [];
  for (const [index, row] of parsed.value.rows.entries()) {
    const [model, recipe, weights, sizeGiB, bitsPerWeight, perplexity, plusMinus, source] = row;
    const column = QUALITY_COLUMNS.indexOf("source");
    if (!sources.has(source)) return fail(danglingSource("", formatPath(["rows", index, column]), source));
    rows.push({
      model,
      recipe,
      ...(weights === null ? {} : { weights }),
      ...(sizeGiB === null ? {} : { sizeGiB }),
      ...(bitsPerWeight === null ? {} : { bitsPerWeight }),
      perplexity,
      ...(plusMinus === null ? {} : { plusMinus }),
      source,
    });
  }
  return ok({ test: parsed.value.test, rows });
}

/** planner-data/claims/claims.json. */
export function parseClaims(
  content: unknown,
  sources: ReadonlySet<string>,
): Result<readonly SizingClaim[], Problem> {
  const parsed = checkSchema(claimsSchema, content, "");
  if (!parsed.ok) return parsed;
  const dangling = findDanglingSource("", content, sources);
  return dangling ? fail(dangling) : ok(parsed.value as readonly SizingClaim[]);
}

/** planner-data/measurements/suspect.json: record id → kinds of suspicion. */
export function parseSuspects(content: unknown): Result<ReadonlyMap<string, readonly string[]>, Problem> {
  const parsed = checkSchema(suspectsSchema, content, "");
  if (!parsed.ok) return parsed;
  return ok(new Map(Object.entries(parsed.value)));
}
