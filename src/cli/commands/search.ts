import { parseSearchQueryText } from "../../core/domain/parse-search-query.ts";
import { vocabularyOf } from "../../core/domain/plan-vocabulary.ts";
import type { SearchQuery } from "../../core/domain/search.ts";
import { enumerateSpace, type SearchSpace } from "../../core/search/enumerate.ts";
import { searchAll } from "../../core/search/search.ts";
import { catalog } from "../../planner-data.ts";
import { onlyOne, readArguments } from "../arguments.ts";
import { BadInput, badInput } from "../bad-input.ts";
import { factsFor } from "../evaluate-plan.ts";
import { EXIT, oneLine, printJson, type Io } from "../io.ts";
import { printSearch } from "../print-search.ts";
import { readText } from "../read-plan.ts";
import { answerOf } from "../search-answer.ts";

const MAX_QUERY_BYTES = 1_000_000;
const USUAL_LIMIT = 20;

export async function searchCommand(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: "boolean", default: false },
    limit: { type: "string" },
  });
  const limit = readLimit(values.limit);
  const query = await readQuery(onlyOne(positionals, "QUERY"), io);
  const space = enumerateSpace(query, catalog);
  const result = await searchAll(query, { catalog, opTables: await allTables(space) });
  const answer = answerOf(space, result, limit);
  await io.out(values.json ? printJson(answer) : printSearch(query, answer));
  if (result.feasible > 0) return EXIT.done;
  io.err(oneLine(`search: none of ${result.tried} candidates meets every constraint`));
  for (const { message, count, relaxation } of answer.rejectedBy) {
    const hint = relaxation === undefined ? "" : `; ${relaxation.message}`;
    io.err(oneLine(`${count}: ${message}${hint}`));
  }
  return EXIT.infeasible;
}

async function allTables(space: SearchSpace) {
  const opTables = new Map();
  for (const { accelerator } of space.families) {
    if (accelerator === undefined || opTables.has(accelerator)) continue;
    opTables.set(accelerator, (await factsFor(accelerator)).opTables);
  }
  for (const [accelerator, tables] of opTables) if (tables === null) opTables.delete(accelerator);
  return opTables;
}

async function readQuery(name: string, io: Io): Promise<SearchQuery> {
  const text = name === "-" ? await io.stdin() : await readText(name, MAX_QUERY_BYTES);
  const parsed = parseSearchQueryText(text, vocabularyOf(catalog));
  if (!parsed.ok) throw new BadInput(parsed.error, name === "-" ? "stdin" : name);
  return parsed.value;
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return USUAL_LIMIT;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100_000) {
    throw badInput("--limit", `expected a whole number from 1 to 100000, got ${JSON.stringify(text)}`);
  }
  return limit;
}
