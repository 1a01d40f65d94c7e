/** Rows of a CSV file that comes in pieces (RFC 4180, and what spreadsheets make of it). */
import type { FileParser, RecordSink } from "./file-record.ts";

export type TakeRow = (cells: readonly string[], line: number) => void;

/** A quote that never closes would take the rest of the file: past this the row is given up. */
const MOST_ROW = 1 << 22;

interface Scan {
  readonly cells: readonly string[];
  readonly next: number;
  readonly lines: number;
}

export function createRows(delimiter: string, sink: RecordSink, take: TakeRow): FileParser {
  let held = "";
  let line = 1;
  /** Looking again at a row that was not whole yet is wasted before it has grown. */
  let wanted = 0;
  const drain = (ended: boolean) => {
    let at = 0;
    while (at < held.length) {
      const row = scanRow(held, at, delimiter, ended);
      if (row !== null) {
        if (row.cells.length > 1 || row.cells[0] !== "") take(row.cells, line);
        line += row.lines;
        at = row.next;
      } else if (ended || held.length - at > MOST_ROW) {
        sink.problem(line, "a quote that never closes, or a row too long");
        const next = held.indexOf("\n", at);
        at = next < 0 ? held.length : next + 1;
        line++;
      } else break;
    }
    held = held.slice(at);
    wanted = held.length * 2;
  };
  return {
    push(text) {
      held += text;
      if (held.length >= wanted || held.length > MOST_ROW) drain(false);
    },
    end: () => drain(true),
  };
}

/** One row from `at`; null where it is not whole. */
function scanRow(text: string, at: number, delimiter: string, ended: boolean): Scan | null {
  const cells: string[] = [];
  let lines = 0;
  for (;;) {
    let cell = "";
    if (text[at] === '"') {
      let from = at + 1;
      for (;;) {
        const quote = text.indexOf('"', from);
        if (quote < 0 || (quote === text.length - 1 && !ended)) return null;
        cell += text.slice(from, quote);
        from = quote + 1;
        if (text[from] !== '"') break;
        cell += '"';
        from++;
      }
      for (let i = cell.indexOf("\n"); i >= 0; i = cell.indexOf("\n", i + 1)) lines++;
      at = from;
    }
    const comma = text.indexOf(delimiter, at);
    const end = text.indexOf("\n", at);
    if (comma >= 0 && (end < 0 || comma < end)) {
      cells.push(cell + text.slice(at, comma));
      at = comma + 1;
      continue;
    }
    if (end < 0 && !ended) return null;
    const stop = end < 0 ? text.length : end;
    cells.push(cell + text.slice(at, text[stop - 1] === "\r" ? Math.max(at, stop - 1) : stop));
    return { cells, next: stop + 1, lines: lines + 1 };
  }
}

/** Of the usual ones, that which cuts the first line into most cells. */
export function delimiterOf(firstLine: string): string {
  const count = (delimiter: string) => firstLine.split(delimiter).length;
  return [",", "\t", ";"].reduce((best, next) => (count(next) > count(best) ? next : best));
}
