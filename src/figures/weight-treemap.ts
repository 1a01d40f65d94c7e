/** Boxes inside boxes: the weight file from one node down, area is bytes. */
import { hierarchy, treemap, treemapSquarify, type HierarchyRectangularNode } from "d3-hierarchy";
import type { WeightNode } from "../core/domain/weight-tree.ts";

export interface WeightBox {
  readonly node: WeightNode;
  /** 1: a child of the node on show; 2: inside one. */
  readonly depth: 1 | 2;
  /** px from the figure's left and top. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface WeightFrame {
  readonly width: number;
  readonly height: number;
  /** Height of a box's name, above what is inside it. */
  readonly name: number;
}

/** Smaller boxes cannot be seen, let alone pressed; the table has them. */
const LEAST_PX = 1.5;
/** Boxes without room for a name and something under it keep no room for it. */
const NAMED = { width: 56, height: 40 } as const;

/** Squarified, two levels deep; order of layers is kept, so that patterns in the mix stay in sight. */
export function placeWeights(root: WeightNode, frame: WeightFrame): readonly WeightBox[] {
  const tree = hierarchy<WeightNode>(root, (node) =>
    node === root || root.children?.includes(node) ? node.children : undefined,
  ).sum((node) => (node === root || (root.children?.includes(node) && node.children) ? 0 : node.bytes));
  const place = (named: ReadonlySet<WeightNode>) =>
    treemap<WeightNode>()
      .tile(treemapSquarify)
      .size([frame.width, frame.height])
      .paddingInner((node) => (node.depth === 0 ? 2 : 1))
      .paddingTop((node) => (node.depth === 1 && named.has(node.data) ? frame.name : 0))(tree);
  // Once to see who has room for a name, once more with that room kept free.
  const first = place(new Set());
  const roomy = (first.children ?? []).filter(
    (node) => node.children && node.x1 - node.x0 >= NAMED.width && node.y1 - node.y0 >= NAMED.height,
  );
  const placed = place(new Set(roomy.map(({ data }) => data)));
  return placed.descendants().flatMap(boxOf);
}

function boxOf({ data, depth, x0, y0, x1, y1 }: HierarchyRectangularNode<WeightNode>): WeightBox[] {
  if ((depth !== 1 && depth !== 2) || x1 - x0 < LEAST_PX || y1 - y0 < LEAST_PX) return [];
  return [{ node: data, depth, x: x0, y: y0, width: x1 - x0, height: y1 - y0 }];
}

/** From the file down to the node of this id; only the file where there is none. */
export function weightPath(root: WeightNode, id: string): readonly WeightNode[] {
  const path = [root];
  for (let node: WeightNode | undefined = root; node && node.id !== id;) {
    node = node.children?.find((child) => child.id === id || id.startsWith(`${child.id}/`));
    if (node) path.push(node);
  }
  return path.at(-1)?.id === id ? path : [root];
}

export type Direction = "left" | "right" | "up" | "down";

/** The box that an arrow key goes to: the nearest whose middle lies that way. */
export function neighbour(boxes: readonly WeightBox[], from: WeightBox, way: Direction): WeightBox | null {
  const middle = ({ x, y, width, height }: WeightBox) => [x + width / 2, y + height / 2] as const;
  const [fx, fy] = middle(from);
  let best: { readonly box: WeightBox; readonly far: number } | null = null;
  for (const box of boxes) {
    if (box === from || box.depth !== from.depth) continue;
    const [x, y] = middle(box);
    const ahead = { left: fx - x, right: x - fx, up: fy - y, down: y - fy }[way];
    const aside = way === "left" || way === "right" ? Math.abs(y - fy) : Math.abs(x - fx);
    if (ahead <= 0.5) continue;
    const far = ahead + 2 * aside;
    if (best === null || far < best.far) best = { box, far };
  }
  return best?.box ?? null;
}

/** Types of the file, most bytes first. */
export function typesOf(root: WeightNode): readonly string[] {
  return root.types.map(({ type }) => type);
}
