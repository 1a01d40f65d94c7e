import { describe, expect, it } from "vitest";
import { Random } from "../../workload/random.ts";
import { DEEPSEEK_V3 } from "../deepseek-v3.fixture.ts";
import { quantizeTensors } from "../quantize-tensors.ts";
import { readGgufHeader } from "./read-header.ts";
import { FAMILY_FIELDS, sourceOf, text, u32, u64, writeHeader } from "./testing/write-header.ts";

const Q4_K_M = quantizeTensors(DEEPSEEK_V3, "Q4_K_M", { imatrix: false, mtpLayer: false });

const small = () =>
  writeHeader(
    {
      ...FAMILY_FIELDS,
      "general.alignment": { u32: 32 },
      "general.flag": { flag: true },
      "general.scale": { f32: 2.5 },
      "tokenizer.chat_template": { text: "x".repeat(5000) },
      "tokenizer.ggml.tokens": { texts: ["a", "ä", "", "日本"] },
      "general.title": { text: "Größe 日本" },
    },
    [
      { name: "a.weight", shape: [256, 4], type: "q4_K" },
      { name: "b.weight", shape: [4096], type: "f32" },
    ],
  );

async function refusal(bytes: readonly number[] | Uint8Array, size?: number): Promise<string> {
  const read = await readGgufHeader(sourceOf(Uint8Array.from(bytes), size));
  return read.ok ? "taken" : `${read.error.path}: ${read.error.problem}`;
}

describe("readGgufHeader", () => {
  it("reads fields, tensors and places", async () => {
    const { bytes, size } = small();
    const read = await readGgufHeader(sourceOf(bytes, size));
    if (!read.ok) throw new Error(read.error.problem);
    const { fields, tensors, missingBytes, split, dataStart } = read.value;
    expect(fields.get("general.title")).toBe("Größe 日本");
    expect(fields.get("general.flag")).toBe(true);
    expect(fields.get("general.scale")).toBe(2.5);
    expect(fields.get("tokenizer.ggml.tokens")).toEqual({ list: 4 });
    expect(fields.has("tokenizer.chat_template")).toBe(false);
    expect(tensors[1]).toEqual({
      name: "b.weight",
      shape: [4096],
      typeId: 0,
      type: "f32",
      offset: 576,
      bytes: 16384,
    });
    expect([missingBytes, split, dataStart % 32]).toEqual([0, null, 0]);
  });

  it("reads a few megabytes of a file of 400 GB", async () => {
    const { bytes, size } = writeHeader(FAMILY_FIELDS, Q4_K_M);
    expect(size).toBeGreaterThan(404e9);
    const source = sourceOf(bytes, size);
    const read = await readGgufHeader(source);
    expect(read.ok && read.value.tensors.length).toBe(1086);
    expect(source.bytesRead).toBeLessThanOrEqual(4 * 1024 ** 2);
  });

  it("counts what a broken-off download lacks", async () => {
    const { bytes, size } = small();
    const read = await readGgufHeader(sourceOf(bytes, size - 1000));
    expect(read.ok && read.value.missingBytes).toBe(1000);
  });
});

const head = (tensors: number | bigint, fields: number | bigint) => [
  ...[0x47, 0x47, 0x55, 0x46],
  ...u32(3),
  ...u64(tensors),
  ...u64(fields),
];
const tensor = (name: string, shape: readonly number[], type: number, offset: number) => [
  ...text(name),
  ...u32(shape.length),
  ...shape.flatMap((axis) => u64(axis)),
  ...u32(type),
  ...u64(offset),
];

describe("hostile headers", () => {
  const cases: readonly (readonly [string, readonly number[], string])[] = [
    ["another kind of file", [...text("PK"), ...new Array<number>(32).fill(0)], "not a GGUF file"],
    ["an empty file", [], "not a GGUF file"],
    [
      "version 1",
      [0x47, 0x47, 0x55, 0x46, ...u32(1), ...u64(0), ...u64(0)],
      "GGUF version 1; versions 2 and 3 are read",
    ],
    ["big-endian", [0x47, 0x47, 0x55, 0x46, 0, 0, 0, 3, ...u64(0), ...u64(0)], "a big-endian file"],
    [
      "tensors without end",
      head(2n ** 63n, 0),
      "the number of tensors is 9223372036854775808: no file has that",
    ],
    ["a million tensors", head(1_000_000, 0), "1000000 tensors, more than the 65536"],
    ["a million fields", head(0, 1_000_000), "1000000 fields, more than the 4096"],
    ["a name without end", [...head(0, 1), ...u64(2 ** 40)], "a field's name has 1099511627776 bytes"],
    [
      "a text without end",
      [...head(0, 1), ...text("k"), ...u32(8), ...u64(2 ** 30)],
      'field "k" has 1073741824 bytes',
    ],
    [
      "a list without end",
      [...head(0, 1), ...text("k"), ...u32(9), ...u32(4), ...u64(2 ** 50)],
      "more than the file holds",
    ],
    [
      "a list of lists of lists",
      [
        ...head(0, 1),
        ...text("k"),
        ...u32(9),
        ...[1, 1, 1].flatMap(() => [...u32(9), ...u64(1)]),
        ...u32(0),
        ...u64(0),
      ],
      "a list of lists of lists",
    ],
    [
      "a type of value that is none",
      [...head(0, 1), ...text("k"), ...u32(77), ...u64(0)],
      "type 77, which GGUF does not have",
    ],
    [
      "a field twice",
      [...head(0, 2), ...text("k"), ...u32(4), ...u32(1), ...text("k"), ...u32(4), ...u32(1)],
      'field "k" is there twice',
    ],
    [
      "an alignment of 3",
      [...head(0, 1), ...text("general.alignment"), ...u32(4), ...u32(3)],
      "general.alignment",
    ],
    [
      "an alignment of 0",
      [...head(0, 1), ...text("general.alignment"), ...u32(4), ...u32(0)],
      "general.alignment",
    ],
    ["no axes", [...head(1, 0), ...tensor("t", [], 0, 0)], "0 axes"],
    ["nine axes", [...head(1, 0), ...tensor("t", [1, 1, 1, 1, 1, 1, 1, 1, 1], 0, 0)], "9 axes"],
    ["an axis of 0", [...head(1, 0), ...tensor("t", [0, 4], 0, 0)], "the shape 0 x 4"],
    [
      "a product past all numbers",
      [...head(1, 0), ...tensor("t", [2 ** 40, 2 ** 40], 0, 0)],
      "has the shape",
    ],
    [
      "rows that are no whole blocks",
      [...head(1, 0), ...tensor("t", [100, 4], 12, 0)],
      "no whole number of q4_K blocks",
    ],
    ["an odd offset", [...head(1, 0), ...tensor("t", [8], 0, 7)], "not aligned"],
    [
      "a tensor twice",
      [...head(2, 0), ...tensor("t", [8], 0, 0), ...tensor("t", [8], 0, 32)],
      'tensor "t" is there twice',
    ],
    [
      "tensors over one another",
      [...head(2, 0), ...tensor("t", [64], 0, 0), ...tensor("u", [8], 0, 32)],
      "starts at 32 where 256 follows",
    ],
    ["a hole", [...head(1, 0), ...tensor("t", [8], 0, 64)], "starts at 64 where 0 follows"],
    ["an end in the middle", [...head(1, 0), ...u64(40)], "it ends inside its header"],
  ];
  it.each(cases)("%s", async (_, bytes, message) => {
    const told = await refusal(bytes);
    expect(told).toContain(message);
    expect(told.startsWith("model.gguf: ")).toBe(true);
    expect(told.length).toBeLessThan(260);
  });

  it("a place among the parts that cannot be", async () => {
    const { bytes } = writeHeader(
      { "split.no": { u16: 3 }, "split.count": { u16: 2 }, "split.tensors.count": { i32: 9 } },
      [],
    );
    expect(await refusal(bytes)).toContain("its place among the split files is not told");
  });

  it("answers every mutation and every truncation with a header or one line", async () => {
    const { bytes, size } = small();
    const generator = Random.fromSeed(7);
    const random = () => generator.uniform();
    let refused = 0;
    for (let round = 0; round < 1200; round++) {
      const broken = Uint8Array.from(bytes);
      for (let hits = 1 + Math.floor(random() * 4); hits > 0; hits--) {
        broken[Math.floor(random() * broken.length)] = random() < 0.3 ? 255 : Math.floor(random() * 256);
      }
      const cut = random() < 0.3 ? broken.subarray(0, Math.floor(random() * broken.length)) : broken;
      const read = await readGgufHeader(sourceOf(cut, random() < 0.3 ? cut.length : size));
      if (read.ok) continue;
      refused++;
      expect(read.error.problem).not.toMatch(/[\n\r]/);
      expect(read.error.problem.length).toBeLessThan(240);
    }
    expect(refused).toBeGreaterThan(400);
  });
});
