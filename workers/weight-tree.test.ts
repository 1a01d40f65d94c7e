import { describe, expect, it } from "vitest";
import { EXAMPLE_PLAN } from "../src/core/domain/parse-plan.ts";
import type { WeightNode } from "../src/core/domain/weight-tree.ts";
import { catalog } from "../src/planner-data.ts";
import { tensorMix } from "./quantization-mix.ts";
import { weightTree } from "./weight-tree.ts";

const architecture = catalog.models.get("deepseek-v3-0324")!.architecture;
const treeOf = (weights: string) => weightTree(architecture, { ...EXAMPLE_PLAN, weights }, weights)!;

function everyNode(node: WeightNode): WeightNode[] {
  return [node, ...(node.children ?? []).flatMap(everyNode)];
}

describe("weight tree", () => {
  for (const weights of ["fp8", "gguf:Q4_K_M", "nvfp4"]) {
    it(`${weights}: children sum to their parent, and the file to its bytes`, () => {
      const tree = treeOf(weights);
      const { bytes, tensors } = tensorMix(architecture, { ...EXAMPLE_PLAN, weights })!;
      expect([tree.bytes, tree.tensors]).toEqual([bytes, tensors]);
      for (const { id, bytes: own, children } of everyNode(tree)) {
        if (children === undefined) continue;
        expect([id, children.reduce((sum, child) => sum + child.bytes, 0)]).toEqual([id, own]);
      }
      const ids = everyNode(tree).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    });
  }

  it("has a cell for every layer of experts, each named as in the file", () => {
    const experts = treeOf("gguf:Q4_K_M").children![0]!;
    expect(experts.name).toBe("Routed experts");
    const down = experts.children!.find(({ name }) => name === "ffn_down_exps")!;
    expect(down.children).toHaveLength(58);
    expect(down.children![0]).toMatchObject({ name: "3", tensor: "blk.3.ffn_down_exps.weight" });
    expect(down.types.map(({ type }) => type)).toEqual(["q6_K", "q4_K"]);
  });

  it("a file of unknown types has no tree", () => {
    expect(weightTree(architecture, { ...EXAMPLE_PLAN, weights: "gguf:custom" }, "custom")).toBeNull();
  });
});
