/** convert/verify.py, run for real on GGUF files that the test writes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GgufManifest, ManifestTensor } from "../../domain/tensor.ts";
import { fixtureManifest } from "../fixtures/manifest.ts";
import { VERIFY_PY } from "./verify-py.ts";

const GGML_TYPE: Readonly<Record<string, number>> = { f32: 0, q8_0: 8, q4_K: 12 };

function u32(n: number): Buffer {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(n);
  return b;
}
function u64(n: number): Buffer {
  const b = Buffer.alloc(8);
  b.writeBigUInt64LE(BigInt(n));
  return b;
}
const text = (s: string): Buffer => Buffer.concat([u64(Buffer.byteLength(s)), Buffer.from(s)]);

/** A GGUF 3 file with an alignment, a string, an array of strings, and these tensors filled with zeros. */
function gguf(tensors: readonly ManifestTensor[], alignment: number): Buffer {
  const fields = [
    [text("general.alignment"), u32(4), u32(alignment)],
    [text("general.architecture"), u32(8), text("deepseek2")],
    [text("tokenizer.ggml.tokens"), u32(9), u32(8), u64(2), text("a"), text("b")],
    [text("tokenizer.ggml.scores"), u32(9), u32(6), u64(2), u32(0), u32(0)],
  ].map((parts) => Buffer.concat(parts));
  const infos = tensors.map((t) =>
    Buffer.concat([
      text(t.name),
      u32(t.shape.length),
      ...t.shape.map(u64),
      u32(GGML_TYPE[t.type] ?? 99),
      u64(t.offset),
    ]),
  );
  const header = Buffer.concat([
    Buffer.from("GGUF"),
    u32(3),
    u64(tensors.length),
    u64(fields.length),
    ...fields,
    ...infos,
  ]);
  const padding = Buffer.alloc((alignment - (header.length % alignment)) % alignment);
  const end = Math.max(...tensors.map((t) => t.offset + t.bytes));
  return Buffer.concat([header, padding, Buffer.alloc(end)]);
}

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "fathom-verify-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function verify(manifest: GgufManifest, change: (t: ManifestTensor) => ManifestTensor = (t) => t, cut = 0) {
  writeFileSync(join(folder, "verify.py"), VERIFY_PY);
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  for (const [index, split] of manifest.splits.entries()) {
    const path = join(folder, split.file);
    const bytes = gguf(manifest.tensors.filter((t) => t.split === index + 1).map(change), manifest.alignment);
    writeFileSync(path, bytes);
    if (cut > 0 && index === 1) truncateSync(path, bytes.length - cut);
  }
  const first = join(folder, manifest.splits[0]?.file ?? "");
  const done = spawnSync("python3", [join(folder, "verify.py"), join(folder, "manifest.json"), first], {
    encoding: "utf8",
  });
  return { status: done.status, output: done.stdout + done.stderr };
}

describe("verify.py", () => {
  const manifest = fixtureManifest("Q4_K_M", false);
  const alter =
    (name: string, change: Partial<ManifestTensor>) =>
    (t: ManifestTensor): ManifestTensor =>
      t.name === name ? { ...t, ...change } : t;

  it("passes files that are as the manifest says", () => {
    expect(verify(manifest)).toEqual({ status: 0, output: "PASS  4 of 4 tensors as in the manifest\n" });
  });

  it.each([
    ["type", alter("output.weight", { type: "q4_K" }), /output\.weight: type q4_K, manifest q8_0/],
    ["shape", alter("output.weight", { shape: [8, 256] }), /output\.weight: shape \[8, 256\]/],
    ["offset", alter("output.weight", { offset: 2208 }), /output\.weight: offset 2208, manifest 2176/],
    ["name", alter("output.weight", { name: "output.wait" }), /output\.weight is missing/],
  ])("fails on another %s", (_, change, message) => {
    const { status, output } = verify(manifest, change);
    expect(status).toBe(1);
    expect(output).toMatch(message);
  });

  it("fails on a file that was cut short", () => {
    const { status, output } = verify(manifest, (t) => t, 100);
    expect(status).toBe(1);
    expect(output).toMatch(/ends behind the end/);
  });

  it("fails on something that is no GGUF", () => {
    verify(manifest);
    writeFileSync(join(folder, manifest.splits[1]?.file ?? ""), "PK\u0003\u0004 not this");
    const done = spawnSync(
      "python3",
      [
        join(folder, "verify.py"),
        join(folder, "manifest.json"),
        join(folder, manifest.splits[0]?.file ?? ""),
      ],
      { encoding: "utf8" },
    );
    expect(done.status).toBe(1);
    expect(done.stdout).toMatch(/not a GGUF file/);
  });
});
