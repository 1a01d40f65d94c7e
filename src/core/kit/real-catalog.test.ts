/** Kits from the repository's own catalog, option tables and manifests: what page and command line compile. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { catalog, loadEngineFlags } from "../../planner-data.ts";
import type { Kit } from "../domain/kit.ts";
import type { GgufFileType, GgufManifest } from "../domain/tensor.ts";
import { buildManifest } from "../tensors/gguf-manifest.ts";
import { compileKit } from "./compile-kit.ts";
import { KIT_CASES, type KitCase } from "./fixtures/cases.ts";
import { FIXTURE_LINK } from "./fixtures/fixture.ts";
import { zipKit } from "./zip-kit.ts";

function manifestOf({ plan }: KitCase): GgufManifest | undefined {
  const model = catalog.models.get(plan.model);
  if (!model || !plan.weights.startsWith("gguf:")) return undefined;
  const imatrix = plan.options.imatrix === true;
  return buildManifest(model.architecture, plan.model, plan.weights.slice(5) as GgufFileType, {
    imatrix,
    mtpLayer: false,
  });
}

async function compileReal(kitCase: KitCase): Promise<Kit> {
  const flags = await loadEngineFlags(kitCase.plan.engine);
  if (!flags) throw new Error(`no option table of ${kitCase.plan.engine}`);
  const manifest = manifestOf(kitCase);
  const { plan, estimate } = kitCase;
  const result = compileKit({
    plan,
    estimate,
    catalog,
    flags,
    link: FIXTURE_LINK,
    ...(manifest ? { manifest } : {}),
  });
  if (!result.ok) throw new Error(`${result.error.path}: ${result.error.problem}`);
  return result.value;
}

describe.each(KIT_CASES)("$name", (kitCase) => {
  it("compiles, and its scripts are bash", async () => {
    const kit = await compileReal(kitCase);
    for (const file of kit.files.filter(({ path }) => path.endsWith(".sh"))) {
      const done = spawnSync("bash", ["-n"], { input: file.text, encoding: "utf8" });
      expect(done.stderr, file.path).toBe("");
    }
  });
});

describe("a GGUF kit", () => {
  const q4 = KIT_CASES.find(({ name }) => name === "llamacpp-q4km-8xa100") as KitCase;

  it("carries the whole manifest and starts its first file", async () => {
    const kit = await compileReal(q4);
    const text = (path: string): string => kit.files.find((file) => file.path === path)?.text ?? "";
    const manifest = JSON.parse(text("convert/manifest.json")) as GgufManifest;
    expect(manifest.tensors).toHaveLength(1086);
    expect(manifest).toEqual(manifestOf(q4));
    expect(text("serve/serve.sh")).toContain(`--model "\${MODEL_DIR}"/${manifest.splits[0]?.file ?? "?"} `);
    expect(text("convert/convert.sh")).toContain("want_gb=1343  # 1,343 GB are written; ");
    expect(text("README.md")).toContain("689 GB checkpoint + 1,343 GB 16-bit GGUF + 405 GB result");
  });

  it("is a small archive", async () => {
    const kit = await compileReal(q4);
    expect(zipKit(kit).length).toBeLessThan(60_000);
  });
});
