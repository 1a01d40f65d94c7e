/**
 * Real llama.cpp, as a library: a model of this architecture in 24 MB goes through the kit's own files. It is
 * quantized by convert/quantize.sh, moved by convert/split.sh, judged by convert/verify.sh, loaded and sampled.
 * `npm run test:kits` does the same, and serves, with llama.cpp's own programs.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyModel } from "../../../test/llama-cpp/tiny-model.mjs";
import type { GgufManifest } from "../domain/tensor.ts";
import { GGML_TYPES } from "../tensors/ggml-types.ts";
import { compileTinyKit, type TinyKit } from "./fixtures/tiny-kit.ts";
import { unpackKit, type UnpackedKit } from "./fixtures/unpack-kit.ts";

const runnable = process.platform === "linux" && process.arch === "x64";
const tool = fileURLToPath(new URL("../../../test/llama-cpp/library-tool.mjs", import.meta.url));
const ONE_FILE = 1e9;
const OVERRIDES = [
  { pattern: "attn_.*", type: "q8_0" },
  { pattern: "blk\\.3\\.ffn_(up|gate)_exps", type: "q3_K" },
] as const;

const typed = ({ tensors }: GgufManifest) => tensors.map((t) => ({ ...t, typeId: GGML_TYPES[t.type].id }));

/** Tokens that the model says: printable ASCII, since the rows of all others are zero. */
function sample(path: string, count: number): number[] {
  const done = spawnSync(process.execPath, [tool, "sample", path, String(count)], { encoding: "utf8" });
  expect(done.stderr).toBe("");
  return JSON.parse(done.stdout) as number[];
}

describe.skipIf(!runnable)("a tiny model through the kit's files (needs linux-x64)", () => {
  let tiny: TinyKit;
  let box: UnpackedKit;
  beforeAll(async () => {
    tiny = await compileTinyKit("Q4_K_M", { tensorTypes: OVERRIDES }, { splitMaxBytes: ONE_FILE });
    box = unpackKit(tiny.kit, {
      "llama-quantize": `exec ${process.execPath} ${tool} llama-quantize "$@"`,
      python3: 'exec /usr/bin/env -i PATH="${PATH#*:}" python3 "$@"',
    });
    mkdirSync(join(box.folder, "model/work"), { recursive: true });
    const source = join(box.folder, "model/work/model-16bit.gguf");
    expect(writeTinyModel([source], typed(tiny.source))).toBeGreaterThan(24e6);
  });
  afterAll(() => box.remove());

  it("is quantized with the plan's own types, and is then what the manifest says", () => {
    expect(box.run("convert/quantize.sh")).toMatchObject({ status: 0 });
    expect(box.run("convert/split.sh")).toMatchObject({ status: 0 });
    const verdict = box.run("convert/verify.sh");
    expect(verdict.output).toBe("PASS  70 of 70 tensors as in the manifest\n");
    const types = new Map(tiny.manifest.tensors.map(({ name, type }) => [name, type]));
    expect(types.get("blk.3.ffn_up_exps.weight")).toBe("q3_K");
    expect(types.get("blk.2.attn_output.weight")).toBe("q8_0");
    expect(types.get("blk.2.ffn_up_exps.weight")).toBe("q4_K");
  });

  it("loads, and says the same printable tokens every time", () => {
    const path = join(box.folder, "model", tiny.manifest.splits[0]?.file ?? "");
    const said = sample(path, 4);
    expect(said.every((token) => token >= 4 && token < 98)).toBe(true);
    expect(new Set(said).size).toBeGreaterThan(1);
  });

  it("is found wrong where one tensor's type is another", () => {
    const manifest = join(box.folder, "convert/manifest.json");
    const text = readFileSync(manifest, "utf8");
    writeFileSync(manifest, text.replace('"type":"q3_K"', '"type":"q4_K"'));
    const verdict = box.run("convert/verify.sh");
    writeFileSync(manifest, text);
    expect(verdict.status).toBe(1);
    expect(verdict.output).toMatch(/FAIL {2}blk\.3\.ffn_\w+_exps\.weight: type q3_K, manifest q4_K/);
  });
});

describe.skipIf(!runnable)("a tiny model in splits (needs linux-x64)", () => {
  it("keeps the manifest's files, tensor by tensor, and loads from the first", async () => {
    const tiny = await compileTinyKit("Q6_K");
    const box = unpackKit(tiny.kit, { python3: 'exec /usr/bin/env -i PATH="${PATH#*:}" python3 "$@"' });
    const model = join(box.folder, "model");
    mkdirSync(join(model, "work"), { recursive: true });
    const { splits } = tiny.manifest;
    expect(splits.length).toBeGreaterThan(2);
    const splitOf = new Map(tiny.manifest.tensors.map(({ name, split }) => [name, split]));
    const sources = splits.map(({ file }) => join(model, "work", file));
    writeTinyModel(
      sources,
      typed(tiny.source).map((t) => ({ ...t, split: splitOf.get(t.name) ?? 0 })),
    );
    const prefix = join(model, splits[0]?.file.replace(/-\d{5}-of-\d{5}\.gguf$/, "") ?? "");
    const args = ["llama-quantize", "--keep-split", sources[0] ?? "", prefix, "Q6_K"];
    const done = spawnSync(process.execPath, [tool, ...args], { encoding: "utf8" });
    expect(done.stderr).toBe("");
    expect(box.run("convert/verify.sh").output).toBe("PASS  70 of 70 tensors as in the manifest\n");
    for (const { file, bytes } of splits) {
      const header = statSync(join(model, file)).size - bytes;
      expect(header).toBeGreaterThan(0);
      expect(header).toBeLessThan(40_000);
    }
    expect(sample(join(model, splits[0]?.file ?? ""), 1)[0]).toBeLessThan(98);
    box.remove();
  });
});
