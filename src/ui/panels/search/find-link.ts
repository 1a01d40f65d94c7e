/**
 * What the search view asks, as one short text for the address: `1~by:cheapest~u:64~i:1024~…`.
 *
 * Frozen for version 1: names and units of keys never change. Everything is written out, so that the text
 * means the same whatever plan stands before it.
 */
import { parseSearchQuery } from "../../../core/domain/parse-search-query.ts";
import type { PlanVocabulary } from "../../../core/domain/plan-vocabulary.ts";
import type { Problem } from "../../../core/domain/problem.ts";
import { fromBase64Url, toBase64Url } from "../../../core/link/base64url.ts";
import { fail, ok, type Result } from "../../../core/domain/result.ts";
import type { OwnedHardware, SearchQuery } from "../../../core/domain/search.ts";
import type { FacetName, SearchSort, SearchView } from "../../../core/domain/search-view.ts";

export interface Find {
  readonly query: SearchQuery;
  readonly view: SearchView;
}

const VERSION = "1";
const MOST_CHARACTERS = 4000;
const FACETS: readonly FacetName[] = ["accelerator", "count", "weights", "engine", "basis"];
const SORTS: readonly SearchSort[] = ["objective", "usd", "speed", "total", "ttft", "hour", "size", "users"];
/** Ids, numbers and lists of them. */
const VALUE = /^[A-Za-z0-9_.,:-]+$/;

export const START_VIEW: SearchView = { sort: "objective", descending: false, facets: {}, brush: null };

type Pair = readonly [string, string | number | undefined];

export function writeFind({ query, view }: Find): string {
  const { workload, slo, budget } = query;
  const pairs: readonly Pair[] = [
    ["by", query.objective],
    ["m", query.model],
    ["u", workload.concurrency],
    ["rps", workload.requestsPerSecond],
    ["i", workload.inputTokens],
    ["o", workload.outputTokens],
    ["hit", workload.prefixHitRate || undefined],
    ["depth", workload.contextDepth],
    ["ttft", slo.ttftMs],
    ["tpot", slo.tpotMs],
    ["hour", budget.usdPerHour],
    ["million", budget.usdPerMillionOutputTokens],
    ["watts", query.powerWatts],
    ["from", query.price?.provider && toBase64Url(new TextEncoder().encode(query.price.provider))],
    ["term", query.price?.term],
    ["gpu", query.accelerators?.join()],
    ["own", query.owned?.map(writeOwned).join()],
    ...FACETS.map((name): Pair => [`f-${name}`, view.facets[name]?.join() || undefined]),
    ["sort", view.sort === "objective" ? undefined : `${view.sort},${view.descending ? "down" : "up"}`],
    ["box", view.brush === null ? undefined : [...view.brush.usd, ...view.brush.speed].join()],
  ];
  const written = pairs.flatMap(([key, value]) => (value === undefined ? [] : [`${key}:${value}`]));
  return [VERSION, ...written].join("~");
}

/** Returns a Problem for any text that this version did not write or that the catalog does not know. */
export function readFind(text: string, vocabulary: PlanVocabulary): Result<Find, Problem> {
  const [version, ...rest] = text.slice(0, MOST_CHARACTERS + 1).split("~");
  if (text.length > MOST_CHARACTERS) return fail(problem("find", "too long"));
  if (version !== VERSION) return fail(problem("find", `expected version ${VERSION}, got "${version}"`));
  const values = new Map<string, string>();
  for (const pair of rest) {
    const at = pair.indexOf(":");
    const [key, value] = [pair.slice(0, at), pair.slice(at + 1)];
    if (at < 1 || !VALUE.test(value) || values.has(key)) return fail(problem("find", `unreadable "${pair}"`));
    values.set(key, value);
  }
  const taken = (key: string): string | undefined => {
    const value = values.get(key);
    values.delete(key);
    return value;
  };
  const query = parseSearchQuery(queryOf(taken), vocabulary);
  const view = readView(taken, vocabulary);
  const [unknown] = values.keys();
  if (unknown !== undefined) return fail(problem(`find.${unknown}`, "not known here"));
  if (!query.ok) return fail({ ...query.error, path: `find.${query.error.path}` });
  return view.ok ? ok({ query: query.value, view: view.value }) : view;
}

type Take = (key: string) => string | undefined;

const problem = (path: string, text: string): Problem => ({ path, problem: text });
const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);
const listOf = (text: string | undefined): readonly string[] | undefined => text?.split(",");

/** As a person would write it: the parser of queries judges it. */
function queryOf(take: Take): unknown {
  const number = (key: string) => numberOf(take(key));
  return JSON.parse(
    JSON.stringify({
      version: 1,
      objective: take("by"),
      model: take("m"),
      workload: {
        concurrency: number("u"),
        requestsPerSecond: number("rps"),
        inputTokens: number("i"),
        outputTokens: number("o"),
        prefixHitRate: number("hit"),
        contextDepth: number("depth"),
      },
      slo: { ttftMs: number("ttft"), tpotMs: number("tpot") },
      budget: { usdPerHour: number("hour"), usdPerMillionOutputTokens: number("million") },
      powerWatts: number("watts"),
      price: priceOf(take("from"), take("term")),
      accelerators: listOf(take("gpu")),
      owned: listOf(take("own"))?.map(readOwned),
    }),
  );
}

/** Names of providers hold more than an address does without escapes. */
function priceOf(provider: string | undefined, term: string | undefined): unknown {
  if (provider === undefined && term === undefined) return undefined;
  const bytes = provider === undefined ? undefined : fromBase64Url(provider);
  return { provider: bytes ? new TextDecoder().decode(bytes) : provider, term };
}

/** `h200-sxm.8.2`: accelerator, so many a node, so many nodes; `.host` and its GiB where known. */
function writeOwned({ accelerator, acceleratorsPerNode, nodes, host, hostMemoryGiB }: OwnedHardware): string {
  const parts = [
    accelerator,
    acceleratorsPerNode,
    nodes,
    host,
    host === undefined ? undefined : hostMemoryGiB,
  ];
  return parts.filter((part) => part !== undefined).join(".");
}

function readOwned(text: string): unknown {
  const [accelerator, perNode, nodes, host, gib] = text.split(".");
  return {
    accelerator,
    acceleratorsPerNode: numberOf(perNode),
    nodes: numberOf(nodes),
    host,
    hostMemoryGiB: numberOf(gib),
  };
}

function readView(take: Take, vocabulary: PlanVocabulary): Result<SearchView, Problem> {
  const facets: Partial<Record<FacetName, readonly string[]>> = {};
  for (const name of FACETS) {
    const values = listOf(take(`f-${name}`));
    if (values === undefined) continue;
    const known = knownOf(name, vocabulary);
    const stray = values.find((value) => !known(value));
    if (stray !== undefined) return fail(problem(`find.f-${name}`, `unknown "${stray}"`));
    facets[name] = values;
  }
  const sort = listOf(take("sort"));
  const column = sort === undefined ? "objective" : SORTS.find((known) => known === sort[0]);
  if (column === undefined) return fail(problem("find.sort", "not a column"));
  const box = listOf(take("box"))?.map(Number);
  if (box !== undefined && !isBox(box)) return fail(problem("find.box", "expected four rising numbers"));
  const [a = 0, b = 0, c = 0, d = 0] = box ?? [];
  const brush = box === undefined ? null : { usd: [a, b] as const, speed: [c, d] as const };
  return ok({ sort: column, descending: sort?.[1] === "down", facets, brush });
}

function isBox(box: readonly number[]): boolean {
  const [a = NaN, b = NaN, c = NaN, d = NaN] = box;
  return box.length === 4 && a > 0 && a <= b && b < 1e12 && c > 0 && c <= d && d < 1e12;
}

const BASES: ReadonlySet<string> = new Set([
  "measured",
  "interpolated",
  "calibrated",
  "extrapolated",
  "assumed",
]);

function knownOf(name: FacetName, vocabulary: PlanVocabulary): (value: string) => boolean {
  switch (name) {
    case "accelerator":
      return (value) => value === "none" || vocabulary.accelerators.has(value);
    case "weights":
      return (value) => vocabulary.weights.has(value);
    case "engine":
      return (value) => vocabulary.engines.has(value);
    case "basis":
      return (value) => BASES.has(value);
    case "count":
      return (value) => /^\d{1,5}$/.test(value);
  }
}
