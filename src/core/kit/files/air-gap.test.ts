import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KIT_CASES, type KitCase } from "../fixtures/cases.ts";
import { kitOf } from "../fixtures/compile-case.ts";
import { TARGET_CASES } from "../fixtures/target-cases.ts";
import { unpackKit } from "../fixtures/unpack-kit.ts";

const named = (name: string): KitCase => {
  const found = [...KIT_CASES, ...TARGET_CASES].find((kitCase) => kitCase.name === name);
  if (!found) throw new Error(name);
  return found;
};
const shard = "model-00001-of-00001.safetensors";
const sum = createHash("sha256").update("weights").digest("hex");
/** A hub of one file, a container tool that saves an image, a pip that fetches a wheel. */
const OUTSIDE = {
  hf: `while [ $# -gt 0 ]; do if [ "$1" = --local-dir ]; then d=$2; fi; shift; done
mkdir -p "$d/.cache/huggingface/download"
printf weights > "$d/${shard}"
printf 'abc\\n%s\\n0\\n' ${sum} > "$d/.cache/huggingface/download/${shard}.metadata"`,
  docker: 'if [ "$1" = save ]; then printf image > "$3"; fi; echo "docker $*"',
  python3: `if [ "$3" = download ]; then mkdir -p "$5"; printf wheel > "$5/engine.whl"; fi; echo "python3 $*"`,
};

describe("a kit carried to machines without a network", () => {
  it("packs weights, image and wheels outside, checks and places them inside", () => {
    const kit = unpackKit(kitOf(named("vllm-fp8-8xh200")), OUTSIDE);
    const disk = join(kit.folder, "..", `disk-${String(process.pid)}`);
    const packed = kit.run("airgap/pack.sh", disk);
    expect(packed.output).toContain("docker pull vllm/vllm-openai:v0.23.0");
    expect(packed.output).toContain("vllm==0.23.0");
    expect(packed.status).toBe(0);
    const list = readFileSync(join(disk, "CARRIED.sha256"), "utf8");
    for (const path of ["./image.tar", "./wheels/engine.whl", "./weights/SHA256SUMS", "./kit/kit.json"]) {
      expect(list).toContain(`  ${path}\n`);
    }
    const inside = kit.run("airgap/unpack.sh", disk);
    expect(inside.output).toContain("checked: 1 files of deepseek-ai/DeepSeek-V3-0324");
    expect(inside.output).toContain("pip install --no-index");
    expect(inside.output).toContain("docker load");
    expect(inside.status).toBe(0);
    expect(readFileSync(join(kit.folder, "model", shard), "utf8")).toBe("weights");

    writeFileSync(join(disk, "image.tar"), "another image");
    expect(kit.run("airgap/unpack.sh", disk)).toMatchObject({
      status: 1,
      output: expect.stringContaining("image.tar: FAILED") as string,
    });
    writeFileSync(join(disk, "image.tar"), "image");
    writeFileSync(join(disk, "weights", shard), "weigths and more");
    expect(kit.run("airgap/unpack.sh", disk).status).toBe(1);
    rmSync(disk, { recursive: true });
    kit.remove();
  });

  it("carries the converted files, not what they are made of", () => {
    const kit = unpackKit(kitOf(named("llamacpp-q4km-8xa100")), OUTSIDE);
    mkdirSync(join(kit.folder, "model"), { recursive: true });
    writeFileSync(join(kit.folder, "model/a-00001-of-00001.gguf"), "GGUF");
    const disk = join(kit.folder, "..", `disk-gguf-${String(process.pid)}`);
    expect(kit.run("airgap/pack.sh", disk).status).toBe(0);
    expect(existsSync(join(disk, "weights/a-00001-of-00001.gguf"))).toBe(true);
    expect(existsSync(join(disk, "wheels"))).toBe(false);
    expect(kit.run("airgap/unpack.sh", disk).status).toBe(0);
    rmSync(disk, { recursive: true });
    kit.remove();
  });

  it("says how much and how long, for what the target needs", () => {
    const readme = (name: string): string =>
      kitOf(named(name)).files.find((file) => file.path === "README.md")?.text ?? "";
    expect(readme("sglang-fp8-8xh200")).toMatch(/DeepSeek-V3-0324 \| 689 GB \| 1\.5 h \| computed/);
    expect(readme("sglang-fp8-8xh200-kubernetes")).not.toContain("sglang==");
    expect(readme("vllm-fp8-2x8xh100-tp8-pp2-ray")).toContain("vllm==0.23.0, ray");
    expect(readme("vllm-fp8-2x8xh100-tp8-pp2-ray")).not.toMatch(/\| vllm\/vllm-openai/);
  });
});
