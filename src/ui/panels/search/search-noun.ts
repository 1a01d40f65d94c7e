/** What a noun of the search sentence is. */
import type { SearchQuery } from "../../../core/domain/search.ts";
import type { Directory } from "../../../../workers/api.ts";
import type { Names } from "../../plan/directory-names.ts";

export type SearchNounId =
  | "objective"
  | "model"
  | "users"
  | "input"
  | "output"
  | "speed"
  | "ttft"
  | "hour"
  | "million"
  | "power"
  | "hardware"
  | "provider";

export interface SearchOption {
  readonly label: string;
  readonly remark?: string;
  readonly query: SearchQuery;
}

export interface SearchNoun {
  readonly before: string;
  readonly after?: string;
  readonly title: string;
  /** Of the field for typing; absent: one chooses. */
  readonly hint?: string;
  readonly words: (query: SearchQuery, names: Names) => string;
  /** Shown in the sentence only where the query sets it. */
  readonly optional?: (query: SearchQuery) => boolean;
  readonly options: (query: SearchQuery, context: NounContext) => readonly SearchOption[];
  readonly type?: (query: SearchQuery, text: string) => SearchQuery | undefined;
}

export interface NounContext {
  readonly names: Names;
  readonly directory: Directory;
  readonly owned: SearchQuery["owned"];
}

type Changes = { readonly [K in keyof SearchQuery]?: SearchQuery[K] | undefined };

/** With some fields changed; undefined takes one away. */
export function put(query: SearchQuery, changes: Changes): SearchQuery {
  return JSON.parse(JSON.stringify({ ...query, ...changes })) as SearchQuery;
}
