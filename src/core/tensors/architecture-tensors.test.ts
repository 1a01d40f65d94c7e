import { describe, expect, test } from "vitest";
import { elementCount, listArchitectureTensors, listTensorFamilies } from "./architecture-tensors.ts";
import { DEEPSEEK_V3 } from "./deepseek-v3.fixture.ts";

const parameters = (mtpLayer: boolean): number =>
  listArchitectureTensors(DEEPSEEK_V3, { mtpLayer }).reduce((sum, t) => sum + elementCount(t.shape), 0);

describe("listArchitectureTensors", () => {
  test("has the parameters that llama.cpp counts in the converted file", () => {
    expect(parameters(false)).toBe(671_026_419_200);
    expect(parameters(true)).toBe(684_489_845_504);
  });

  test("names every tensor once", () => {
    const names = listArchitectureTensors(DEEPSEEK_V3, { mtpLayer: true }).map((t) => t.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("model.layers.3.mlp.experts.255.down_proj.weight");
    expect(names).toContain("model.layers.61.shared_head.head.weight");
    expect(names.some((name) => name.includes("{}"))).toBe(false);
  });

  test("the first layers are dense, the others have experts", () => {
    const families = listTensorFamilies(DEEPSEEK_V3, { mtpLayer: false });
    const dense = families.filter((f) => f.group === "dense-ffn").map((f) => f.layer);
    const expert = families.filter((f) => f.group === "routed-experts").map((f) => f.layer);
    expect(new Set(dense)).toEqual(new Set([0, 1, 2]));
    expect(new Set(expert).size).toBe(58);
  });
});
