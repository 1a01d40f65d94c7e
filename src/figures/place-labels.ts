/** A rectangle in the plot's own units. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface LabelWish {
  readonly text: string;
  readonly width: number;
  readonly height: number;
  /** Points it may stand beside, best first. */
  readonly anchors: readonly (readonly [number, number])[];
  /** Left out rather than put over something. */
  readonly optional: boolean;
}

export interface PlacedLabel {
  readonly box: Box;
  /** Which anchor it stands beside. */
  readonly anchor: number;
}

const APART = 9;

/**
 * Where labels stand beside their points, the most important first.
 *
 * Each takes the first place, over its anchors and their four sides, that covers no line (given as
 * `marks`, points along it) and no label before it. Where there is none an optional label is dropped and
 * any other takes the place that covers least.
 */
export function placeLabels(
  wishes: readonly LabelWish[],
  marks: readonly (readonly [number, number])[],
  plot: Box,
): readonly (PlacedLabel | null)[] {
  const taken: Box[] = [];
  return wishes.map((wish) => {
    let best: { placed: PlacedLabel; covered: number } | null = null;
    for (const [anchor, point] of wish.anchors.entries()) {
      for (const box of sidesOf(point, wish)) {
        if (!inside(box, plot)) continue;
        const labels = taken.filter((other) => overlap(box, other)).length;
        const covered = labels * 100 + marks.filter((mark) => holds(box, mark)).length;
        if (best === null || covered < best.covered) best = { placed: { box, anchor }, covered };
        if (covered === 0) break;
      }
      if (best?.covered === 0) break;
    }
    if (best === null || (wish.optional && best.covered > 0)) return null;
    taken.push(best.placed.box);
    return best.placed;
  });
}

function sidesOf([x, y]: readonly [number, number], { width, height }: LabelWish): readonly Box[] {
  const box = (left: number, top: number): Box => ({ x: left, y: top, width, height });
  return [
    box(x + APART, y - height / 2),
    box(x + APART - 2, y - height - 2),
    box(x - width - APART, y + 2),
    box(x - width - APART, y - height / 2),
    box(x + APART - 2, y + 2),
    box(x - width / 2, y - height - APART),
    box(x - width / 2, y + APART),
    box(x - width - APART + 2, y - height - 2),
  ];
}

const inside = (box: Box, plot: Box): boolean =>
  box.x >= plot.x &&
  box.y >= plot.y &&
  box.x + box.width <= plot.x + plot.width &&
  box.y + box.height <= plot.y + plot.height;

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const holds = (box: Box, [x, y]: readonly [number, number]): boolean =>
  x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
