/** Routed experts of a format, ordered: layers run left to right and top to bottom, area is bytes. */
export interface TreemapCell {
  readonly part: "down" | "gate" | "up";
  readonly layer: number;
  readonly type: string;
  readonly bytes: number;
}

export interface TreemapGroup {
  readonly name: string;
  readonly bytes: number;
}

/** Shares of the figure, from its left and top. */
export interface TreemapBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedCell extends TreemapBox {
  readonly cell: TreemapCell;
}

export interface PlacedColumn {
  readonly part: TreemapCell["part"];
  readonly bytes: number;
  readonly left: number;
  readonly width: number;
  readonly cells: readonly PlacedCell[];
}

export interface Treemap {
  readonly columns: readonly PlacedColumn[];
  /** What is not routed experts, in a column of its own. */
  readonly groups: readonly (TreemapBox & { readonly group: TreemapGroup })[];
}

const PARTS = ["down", "gate", "up"] as const;
const A_ROW = 6;
/** The last column can be pressed and named at this width, however little it holds. */
const LEAST_WIDTH = 0.022;

export function placeTreemap(cells: readonly TreemapCell[], groups: readonly TreemapGroup[]): Treemap {
  const sum = (of: readonly { readonly bytes: number }[]) =>
    of.reduce((total, { bytes }) => total + bytes, 0);
  const all = sum(cells) + sum(groups);
  if (all === 0) return { columns: [], groups: [] };
  const groupWidth = groups.length === 0 ? 0 : Math.max(LEAST_WIDTH, sum(groups) / all);
  const rest = (1 - groupWidth) / Math.max(1, sum(cells));
  let left = 0;
  const columns = PARTS.flatMap((part) => {
    const of = cells.filter((cell) => cell.part === part).toSorted((a, b) => a.layer - b.layer);
    if (of.length === 0) return [];
    const width = sum(of) * rest;
    const column = { part, bytes: sum(of), left, width, cells: placeRows(of, left, width) };
    left += width;
    return [column];
  });
  let top = 0;
  const placed = groups
    .toSorted((a, b) => b.bytes - a.bytes)
    .map((group) => {
      const height = group.bytes / sum(groups);
      const box = { group, left: 1 - groupWidth, top, width: groupWidth, height };
      top += height;
      return box;
    });
  return { columns, groups: placed };
}

function placeRows(cells: readonly TreemapCell[], from: number, width: number): PlacedCell[] {
  const all = cells.reduce((total, { bytes }) => total + bytes, 0);
  const placed: PlacedCell[] = [];
  let top = 0;
  for (let start = 0; start < cells.length; start += A_ROW) {
    const row = cells.slice(start, start + A_ROW);
    const bytes = row.reduce((total, cell) => total + cell.bytes, 0);
    const height = bytes / all;
    let left = from;
    for (const cell of row) {
      const own = (width * cell.bytes) / bytes;
      placed.push({ cell, left, top, width: own, height });
      left += own;
    }
    top += height;
  }
  return placed;
}
