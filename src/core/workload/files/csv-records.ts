/** Tables: request traces with counts, server metrics over time, prompts with answers. */
import { countsOf, momentsOf } from "./count-fields.ts";
import { createRows } from "./csv-rows.ts";
import type { FileParser, RecordSink } from "./file-record.ts";
import { roleOf, type Role } from "./known-names.ts";
import { asNumber } from "./read-fields.ts";

export function createCsv(delimiter: string, sink: RecordSink): FileParser {
  let roles: readonly (Role | undefined)[] | undefined;
  const readHeader = (cells: readonly string[], line: number) => {
    const seen = new Set<Role>();
    roles = cells.map((name) => {
      const role = roleOf(name);
      if (role === undefined || seen.has(role)) return undefined;
      seen.add(role);
      return role;
    });
    if (seen.size === 0) sink.problem(line, "no column has a name that is known");
  };
  return createRows(delimiter, sink, (cells, line) => {
    if (!roles) return readHeader(cells, line);
    if (cells.length !== roles.length) {
      return sink.problem(line, `${cells.length} columns where the first line has ${roles.length}`);
    }
    const row = new Map<Role, string>();
    roles.forEach((role, column) => {
      const cell = cells[column];
      if (role !== undefined && cell !== undefined && cell.trim() !== "") row.set(role, cell);
    });
    takeRow(row, line, sink);
  });
}

function takeRow(row: ReadonlyMap<Role, string>, line: number, sink: RecordSink): void {
  const prompt = row.get("prompt");
  const answer = row.get("answer");
  const counts = countsOf(row);
  const running = asNumber(row.get("running"));
  if (prompt !== undefined && asNumber(prompt) === undefined) {
    const input = { kind: "text", text: prompt } as const;
    const output =
      answer === undefined ? (counts?.output ?? null) : ({ kind: "text", text: answer } as const);
    sink.record({ kind: "request", shape: "prompt-completion", input, output, ...momentsOf(row) }, line);
  } else if (counts) sink.record(counts, line);
  else if (running !== undefined && running >= 0) {
    const { atMs } = momentsOf(row);
    sink.record({ kind: "gauge", running, ...(atMs !== undefined && { atMs }) }, line);
  } else sink.problem(line, "no count of tokens and no text in the known columns");
}
