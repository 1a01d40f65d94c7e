import { describe, expect, it } from "vitest";
import type { GgufHeader } from "../../domain/gguf-file.ts";
import { DEEPSEEK_V3 } from "../deepseek-v3.fixture.ts";
import { quantizeTensors } from "../quantize-tensors.ts";
import { compareGguf, joinSplits } from "./compare-gguf.ts";
import { readGgufHeader } from "./read-header.ts";
import { sourceOf, writeHeader, type WrittenValue } from "./testing/write-header.ts";

const wanted = quantizeTensors(DEEPSEEK_V3, "Q4_K_M", { imatrix: false, mtpLayer: false });

async function headerOf(
  tensors: Parameters<typeof writeHeader>[1],
  fields: Readonly<Record<string, WrittenValue>> = {},
  name = "model.gguf",
): Promise<GgufHeader> {
  const { bytes, size } = writeHeader(fields, tensors);
  const read = await readGgufHeader(sourceOf(bytes, size, name));
  if (!read.ok) throw new Error(read.error.problem);
  return read.value;
}

const part = (index: number, count: number, of: typeof wanted) =>
  headerOf(
    of,
    {
      "split.no": { u16: index },
      "split.count": { u16: count },
      "split.tensors.count": { i32: wanted.length },
    },
    `part-${index}.gguf`,
  );

function joined(headers: readonly GgufHeader[]) {
  const files = joinSplits(headers);
  if (!files.ok) throw new Error(files.error.problem);
  return files.value;
}

describe("compareGguf", () => {
  it("finds nothing where a file is the plan's", async () => {
    const comparison = compareGguf(joined([await headerOf(wanted)]), wanted);
    expect(comparison).toMatchObject({ wanted: 1086, found: 1086, same: 1086, differences: [] });
    const q4 = comparison.types.find(({ type }) => type === "q4_K");
    expect(q4?.found).toEqual(q4?.wanted);
  });

  it("names every difference once, by kind", async () => {
    const changed = wanted
      .filter(({ name }) => name !== "output_norm.weight")
      .map((tensor) =>
        tensor.name === "blk.9.ffn_down_exps.weight"
          ? { ...tensor, type: "q5_K" as const }
          : tensor.name === "token_embd.weight"
            ? { ...tensor, shape: [7168, 129536] }
            : tensor,
      );
    const file = await headerOf([...changed, { name: "extra.weight", shape: [32], type: "f32" }]);
    const { differences, counts, same } = compareGguf(joined([file]), wanted);
    expect(counts).toEqual({ missing: 1, extra: 1, shape: 1, type: 1 });
    expect(same).toBe(1083);
    expect(differences).toEqual(
      expect.arrayContaining([
        { kind: "type", name: "blk.9.ffn_down_exps.weight", found: "q5_K", wanted: "q6_K" },
        { kind: "shape", name: "token_embd.weight", found: "7168 x 129536", wanted: "7168 x 129280" },
        { kind: "missing", name: "output_norm.weight", found: "", wanted: "f32" },
        { kind: "extra", name: "extra.weight", found: "f32", wanted: "" },
      ]),
    );
  });

  it("calls nothing missing of the first part, and joins all parts in any order", async () => {
    const first = await part(0, 2, wanted.slice(0, 500));
    const alone = compareGguf(joined([first]), wanted);
    expect(alone).toMatchObject({ found: 500, same: 500, differences: [] });
    const rest = await part(1, 2, wanted.slice(500));
    const files = joined([rest, first]);
    expect(files.whole).toBe(true);
    expect(files.headers.map(({ name }) => name)).toEqual(["part-0.gguf", "part-1.gguf"]);
    expect(compareGguf(files, wanted).same).toBe(1086);
  });
});

describe("joinSplits", () => {
  const problem = (headers: readonly GgufHeader[]) => {
    const files = joinSplits(headers);
    return files.ok ? "taken" : `${files.error.path}: ${files.error.problem}`;
  };

  it("refuses files that are not parts of one model", async () => {
    const first = await part(0, 2, wanted.slice(0, 5));
    const whole = await headerOf(wanted.slice(0, 5));
    expect(problem([])).toContain("none given");
    expect(problem([whole, whole])).toContain("a whole model by itself");
    expect(problem([first, await part(1, 3, wanted.slice(5, 9))])).toContain("part of another model");
    expect(problem([first, first])).toContain("the same part as part-0.gguf");
    expect(problem([first, await part(1, 2, wanted.slice(4, 9))])).toContain("is in part-0.gguf too");
    expect(problem([first, await part(1, 2, wanted.slice(5, 9))])).toContain("promises 1086");
  });
});
