/** Compiled lookups over one device's tables, made once a set and kept with it. */
import type { OpTable, OpTableSet } from "../../domain/op-tables.ts";
import { LogCurve, LogSurface } from "./log-curve.ts";

/** Finds the curve of a table at fixed leading coordinates; `null` where the device has no such table. */
export class TableIndex {
  private readonly tables = new Map<string, OpTable>();
  private readonly curves = new Map<string, LogCurve | null>();
  private readonly surfaces = new Map<string, LogSurface | null>();

  constructor(set: OpTableSet) {
    for (const table of set.tables) this.tables.set(tableName(table), table);
  }

  /** One-axis table. */
  curve(name: string): LogCurve | null {
    let curve = this.curves.get(name);
    if (curve === undefined) {
      const table = this.tables.get(name);
      curve = table === undefined ? null : new LogCurve(knots(table, 0), table.ms);
      this.curves.set(name, curve);
    }
    return curve;
  }

  /** Two-axis table, cut at `at` on its first axis (heads, ranks): what is left is a curve. */
  cut(name: string, at: number): LogCurve | null {
    const key = `${name}@${at}`;
    let curve = this.curves.get(key);
    if (curve === undefined) {
      const table = this.tables.get(name);
      curve = table === undefined ? null : new LogCurve(knots(table, 1), grown(cutRows(table, at), 1));
      this.curves.set(key, curve);
    }
    return curve;
  }

  /** Three-axis table, cut at `at` on its first axis. */
  cutSurface(name: string, at: number, steepest = 1): LogSurface | null {
    const key = `${name}@${at}`;
    let surface = this.surfaces.get(key);
    if (surface === undefined) {
      const table = this.tables.get(name);
      surface = table === undefined ? null : surfaceAt(table, at, steepest);
      this.surfaces.set(key, surface);
    }
    return surface;
  }
}

const indexes = new WeakMap<OpTableSet, TableIndex>();

export function tableIndex(set: OpTableSet): TableIndex {
  let index = indexes.get(set);
  if (index === undefined) {
    index = new TableIndex(set);
    indexes.set(set, index);
  }
  return index;
}

/** `gemm fp8 q-up`: the operation and its fixed keys in the order in which the file names them. */
export function tableName(table: Pick<OpTable, "op" | "key">): string {
  return [table.op, ...Object.values(table.key)].join(" ");
}

function knots(table: OpTable, axis: number): readonly number[] {
  return (table.axes[axis] as OpTable["axes"][number]).knots;
}

/** Values over the remaining axes at `at` on the first one; beyond its ends the slope is within [0, 1]. */
function cutRows(table: OpTable, at: number): number[] {
  const rows = knots(table, 0);
  const width = table.ms.length / rows.length;
  return Array.from({ length: width }, (_, column) => {
    const ms = rows.map((_, row) => table.ms[row * width + column] as number);
    return new LogCurve(rows, ms).at(Math.log(at));
  });
}

function surfaceAt(table: OpTable, at: number, steepest: number): LogSurface {
  const columns = knots(table, 2);
  const ms = grown(cutRows(table, at), knots(table, 1).length);
  return new LogSurface(knots(table, 1), columns, ms, steepest);
}

/** Beyond the last cut slopes differ from point to point; growth along the axes of work is put back. */
function grown(ms: number[], rows: number): number[] {
  const width = ms.length / rows;
  ms.forEach((value, i) => {
    const before = i % width === 0 ? 0 : (ms[i - 1] as number);
    const above = i < width ? 0 : (ms[i - width] as number);
    ms[i] = Math.max(value, before, above);
  });
  return ms;
}
