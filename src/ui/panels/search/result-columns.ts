/** Columns of the table of results, and where there is no room for them. */
import type { SearchSort } from "../../../core/domain/search-view.ts";

export interface Column {
  readonly name: string;
  readonly short?: string;
  readonly sort?: Exclude<SearchSort, "objective">;
  readonly from?: "up" | "down";
  readonly hide?: string;
  readonly width: string;
  readonly number?: boolean;
}

export const COLUMNS: readonly Column[] = [
  { name: "Cluster", sort: "size", from: "up", width: "8.5%" },
  { name: "Weights", width: "6.5%" },
  { name: "Engine", width: "7%", hide: "hide-xs" },
  { name: "Layout", width: "auto", hide: "hide-xs" },
  { name: "users", sort: "users", from: "down", width: "4.5%", number: true, hide: "hide-xs hide-md" },
  { name: "$ / M output", short: "$ / M", sort: "usd", from: "up", width: "6.5%", number: true },
  { name: "tok/s per user", short: "tok/s", sort: "speed", from: "down", width: "7.5%", number: true },
  { name: "in total", sort: "total", from: "down", width: "8%", number: true, hide: "hide-xs hide-md" },
  {
    name: "first token, ms",
    sort: "ttft",
    from: "up",
    width: "6.5%",
    number: true,
    hide: "hide-xs hide-md",
  },
  { name: "$ an hour", sort: "hour", from: "up", width: "5%", number: true, hide: "hide-xs hide-md" },
  { name: "memory used", width: "5%", number: true, hide: "hide-xs hide-md" },
  { name: "Basis", width: "7.5%", hide: "hide-xs hide-md" },
];
