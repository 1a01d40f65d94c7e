/** Keeps what `compute` returns for an object, an architecture, and a key: sums are wanted in every estimate. */
import type { MlaArchitecture } from "../domain/architecture.ts";

export function cachedByArchitecture<T, A extends object = MlaArchitecture>(): (
  a: A,
  key: string,
  compute: () => T,
) => T {
  const tables = new WeakMap<A, Map<string, T>>();
  return (a, key, compute) => {
    let table = tables.get(a);
    if (!table) tables.set(a, (table = new Map<string, T>()));
    let value = table.get(key);
    if (value === undefined) table.set(key, (value = compute()));
    return value;
  };
}
