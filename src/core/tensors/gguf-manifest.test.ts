import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listArchitectureTensors } from "./architecture-tensors.ts";
import { DEEPSEEK_V3 } from "./deepseek-v3.fixture.ts";
import { buildManifest, type ManifestOptions } from "./gguf-manifest.ts";
import { GGUF_FILE_TYPES } from "./gguf-mixes.ts";

const manifest = (type: (typeof GGUF_FILE_TYPES)[number], options: Partial<ManifestOptions> = {}) =>
  buildManifest(DEEPSEEK_V3, "DeepSeek-V3-0324", type, { imatrix: false, mtpLayer: false, ...options });

/** `a.{0..2}.b` → `a.0.b`, `a.1.b`, `a.2.b` */
function expandSource(source: string): string[] {
  const range = /\{(\d+)\.\.(\d+)\}/.exec(source);
  if (!range) return [source];
  const [whole, from, to] = range;
  const count = Number(to) - Number(from) + 1;
  return Array.from({ length: count }, (_, i) => source.replace(whole, String(Number(from) + i)));
}

describe("buildManifest", () => {
  test("splits as llama-gguf-split does with 50 GB files", () => {
    expect(manifest("Q4_K_M").splits.length).toBe(9);
    expect(manifest("Q8_0").splits.length).toBe(15);
    expect(manifest("Q4_K_M").splits[0]?.file).toBe("DeepSeek-V3-0324-Q4_K_M-00001-of-00009.gguf");
  });

  test.each([false, true])("is made of every tensor of the checkpoint, MTP layer %s", (mtpLayer) => {
    const sources = manifest("Q4_K_M", { mtpLayer }).tensors.flatMap((t) => t.sources.flatMap(expandSource));
    const checkpoint = listArchitectureTensors(DEEPSEEK_V3, { mtpLayer }).map((t) => t.name);
    expect(new Set(sources)).toEqual(new Set(checkpoint));
    const counts = new Map<string, number>();
    for (const name of sources) counts.set(name, (counts.get(name) ?? 0) + 1);
    const repeated = [...counts].filter(([, count]) => count > 1).map(([name]) => name);
    expect(repeated.length).toBe(mtpLayer ? 62 : 61);
    expect(repeated.every((name) => name.endsWith("kv_b_proj.weight"))).toBe(true);
  });

  test("counts the parameters and bytes of the file", () => {
    const q4 = manifest("Q4_K_M");
    expect(q4.parameters).toBe(671_026_419_200);
    expect(q4.tensorBytes).toBe(q4.tensors.reduce((sum, t) => sum + t.bytes, 0));
    expect(manifest("Q4_K_M", { mtpLayer: true }).parameters).toBe(684_489_845_504);
  });

  test("tensors lie aligned, in order, without overlap, and no file is over the limit", () => {
    const sizes = fc.integer({ min: 4_000_000_000, max: 200_000_000_000 });
    fc.assert(
      fc.property(fc.constantFrom(...GGUF_FILE_TYPES), sizes, (type, splitMaxBytes) => {
        const { tensors, splits } = manifest(type, { splitMaxBytes });
        let split = 1;
        let end = 0;
        for (const tensor of tensors) {
          if (tensor.split !== split) [split, end] = [split + 1, 0];
          expect(tensor.split).toBe(split);
          expect(tensor.offset).toBe(end);
          expect(tensor.offset % 32).toBe(0);
          end = tensor.offset + Math.ceil(tensor.bytes / 32) * 32;
        }
        expect(split).toBe(splits.length);
        expect(splits.reduce((sum, file) => sum + file.tensors, 0)).toBe(tensors.length);
        const largest = Math.max(...tensors.map((t) => t.bytes));
        for (const file of splits) expect(file.bytes).toBeLessThanOrEqual(Math.max(splitMaxBytes, largest));
      }),
      { numRuns: 40 },
    );
  });

  test("is the same every time", () => {
    expect(JSON.stringify(manifest("IQ2_XS"))).toBe(JSON.stringify(manifest("IQ2_XS")));
    expect(() => manifest("Q4_K_M", { splitMaxBytes: 0 })).toThrow(RangeError);
  });
});
