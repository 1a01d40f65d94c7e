/** Undo and redo over whole plans; edits of one kind in quick succession count as one. */
export interface EditHistory<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** What made `present`, and when: `null` closes the group. */
  readonly group: { readonly key: string; readonly atMs: number } | null;
}

const COALESCE_MS = 900;
const MOST_STEPS = 200;

export const startHistory = <T>(present: T): EditHistory<T> => ({
  past: [],
  present,
  future: [],
  group: null,
});

/**
 * `key`: the control that is typed into or dragged; null for a press, which is a step of its own.
 * `coalesced`: the edit took the place of the one before it (the address is replaced, not pushed).
 */
export function edit<T>(
  history: EditHistory<T>,
  next: T,
  key: string | null,
  nowMs: number,
): { history: EditHistory<T>; coalesced: boolean } {
  const coalesced = key !== null && history.group?.key === key && nowMs - history.group.atMs < COALESCE_MS;
  const past = coalesced ? history.past : [...history.past, history.present].slice(-MOST_STEPS);
  return {
    history: { past, present: next, future: [], group: key === null ? null : { key, atMs: nowMs } },
    coalesced,
  };
}

export function undo<T>(history: EditHistory<T>): EditHistory<T> {
  const previous = history.past.at(-1);
  if (previous === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    present: previous,
    future: [history.present, ...history.future],
    group: null,
  };
}

export function redo<T>(history: EditHistory<T>): EditHistory<T> {
  const next = history.future[0];
  if (next === undefined) return history;
  return {
    past: [...history.past, history.present],
    present: next,
    future: history.future.slice(1),
    group: null,
  };
}
