import type { WeightNode } from "../../core/domain/weight-tree.ts";
import { formatFixed, formatGib } from "../../core/units/format.ts";

const percent = (share: number): string =>
  `${formatFixed(share * 100, share >= 0.995 || share < 0.0995 ? 1 : 0)} %`;

/** What the boxes show from this node down, in one sentence with numbers. */
export function weightsFinding(node: WeightNode, root: WeightNode): string {
  const [largest] = [...(node.children ?? [])].sort((a, b) => b.bytes - a.bytes);
  const [type, other] = node.types;
  const what = node === root ? `${formatGib(node.bytes)} GiB of ${root.name}` : node.name;
  const mix =
    type === undefined
      ? ""
      : other === undefined
        ? `all of it ${type.type}`
        : `${percent(type.bytes / node.bytes)} of it ${type.type}`;
  if (node === root && largest !== undefined) {
    return `${percent(largest.bytes / node.bytes)} of ${what} is ${largest.name.toLowerCase()}; ${mix}.`;
  }
  return `${what}: ${formatGib(node.bytes)} GiB, ${percent(node.bytes / root.bytes)} of the file, ${mix}.`;
}
