/** Judge: scripts by bash, shellcheck and Python, settings by their readers and the frameworks' own keys. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import bridgeKeys from "../../../../planner-data/training/megatron-bridge.json" with { type: "json" };
import ktKeys from "../../../../planner-data/training/ktransformers.json" with { type: "json" };
import swiftKeys from "../../../../planner-data/training/ms-swift.json" with { type: "json" };
import { catalog } from "../../../planner-data.ts";
import type { Kit } from "../../domain/kit.ts";
import { evaluateFinetune } from "../../model/finetune/evaluate-finetune.ts";
import { cluster, planOf } from "../../model/finetune/testing/plan-of.ts";
import { isObject, judgeYaml, type KubernetesObject } from "../fixtures/judge-kubernetes.ts";
import { judgeBatchScript } from "../fixtures/judge-slurm.ts";
import { compileCase, GOLDEN_CASES, kitOf, MORE_CASES, textOf } from "./testing/cases.ts";

const hasKubectl = spawnSync("kubectl", ["version", "--client"]).error === undefined;
if (!hasKubectl) console.warn("SKIPPED: kubectl is not installed; kustomizations are checked by schema only");

const root = mkdtempSync(join(tmpdir(), "fathom-finetune-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function unpack(kit: Kit, name: string): string {
  const folder = join(root, name.replaceAll(/\W+/g, "-"));
  for (const { path, text, executable } of kit.files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: executable ? 0o755 : 0o644 });
  }
  return folder;
}

/** Keys of a mapping and of the mappings in it, by dotted name. */
const keysOf = (value: object, prefix = ""): string[] =>
  Object.entries(value).flatMap(([key, inner]: [string, unknown]) => [
    prefix + key,
    ...(typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? keysOf(inner, `${prefix}${key}.`)
      : []),
  ]);

/** Every setting of a kit by the name that its framework knows it by. */
function settingsOf(kit: Kit): string[] {
  const has = (path: string) => kit.files.some((file) => file.path === path);
  if (has("train/config.json")) return Object.keys(JSON.parse(textOf(kit, "train/config.json")) as object);
  if (has("train/train.yaml"))
    return ["train/train.yaml", "train/accelerate.yaml"].flatMap((path) =>
      keysOf(parse(textOf(kit, path)) as object),
    );
  return [...textOf(kit, "train/train.sh").matchAll(/^ {2}--([a-z0-9_]+) /gm)].map(([, name = ""]) => name);
}

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  ktransformers: ktKeys.keys,
  "ms-swift": swiftKeys.keys,
  "megatron-bridge": bridgeKeys.keys,
};

it.each([ktKeys, swiftKeys, bridgeKeys])(
  "$framework: options were read of the release that is installed",
  (keys) => {
    const release = [...catalog.trainingFrameworks.values()].find(({ id }) => id === keys.framework);
    expect(release?.version).toBe(keys.version);
    expect(Object.keys(release?.pins ?? {}).length).toBeGreaterThan(0);
  },
);

describe.each([...GOLDEN_CASES, ...MORE_CASES])("$name", ({ name, plan }) => {
  const kit = kitOf(plan);
  let folder = "";
  beforeAll(() => {
    folder = unpack(kit, name);
  });

  it("fits, so that a kit is made of it", () => {
    expect(evaluateFinetune(plan, { catalog }).infeasible).toEqual([]);
  });

  it("scripts pass bash, shellcheck at every level, and Python's compiler", () => {
    const named = (end: RegExp) =>
      kit.files.filter(({ path }) => end.test(path)).map(({ path }) => join(folder, path));
    const shell = named(/\.(sh|sbatch)$/);
    expect(shell.length).toBeGreaterThanOrEqual(4);
    for (const path of shell)
      expect(spawnSync("bash", ["-n", path], { encoding: "utf8" }).stderr, path).toBe("");
    const checked = spawnSync("shellcheck", ["--severity=style", ...shell], { encoding: "utf8" });
    if (checked.error === undefined) expect(checked.stdout).toBe("");
    const compiled = spawnSync("python3", ["-m", "py_compile", ...named(/\.py$/)], { encoding: "utf8" });
    expect(compiled.stderr).toBe("");
  });

  it("every setting is one that the framework knows", () => {
    const used = settingsOf(kit);
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((key) => KNOWN[plan.framework]?.includes(key) !== true)).toEqual([]);
  });

  it("YAML reads alike under 1.1 and 1.2", () => {
    for (const { path, text } of kit.files.filter((file) => file.path.endsWith(".yaml")))
      expect(parse(text, { version: "1.1" }), path).toEqual(parse(text, { version: "1.2" }));
  });

  it("batch jobs use options that Slurm has, where nodes are many or Slurm was asked for", () => {
    const job = kit.files.find(({ path }) => path === "train/train.sbatch");
    const wanted = plan.target === "slurm" || (plan.cluster.nodes > 1 && plan.target !== "kubernetes");
    expect(job !== undefined).toBe(wanted);
    if (job) expect(judgeBatchScript(job.text)).toEqual([]);
  });

  const objects = kit.files.filter(({ path }) => /^train\/kubernetes\/.*\.yaml$/.test(path));
  it.skipIf(plan.target !== "kubernetes")(
    "objects are what the schemas describe, fields beyond them refused",
    () => {
      expect(objects.length).toBeGreaterThanOrEqual(8);
      const values = objects.map(({ text }) => parse(text) as KubernetesObject);
      for (const [at, value] of values.entries())
        expect(isObject(value, value.kind), objects[at]?.path).toBe(true);
      for (const { path, text } of objects) expect(judgeYaml(text), path).toEqual([]);
      expect(values.every(({ metadata }) => metadata?.namespace === undefined)).toBe(true);
      const folder = values.find(({ kind }) => kind === "Kustomization");
      const listed = [...(folder?.resources ?? []), "kustomization.yaml"].map(
        (path) => `train/kubernetes/${path}`,
      );
      expect(listed.sort()).toEqual(objects.map(({ path }) => path).sort());
    },
  );

  it.skipIf(plan.target !== "kubernetes")(
    "maps carry the kit's own files, and pods start one that is there",
    () => {
      const values = objects.map(({ text }) => parse(text) as KubernetesObject);
      const maps = values.filter(({ kind }) => kind === "ConfigMap");
      for (const { metadata, data = {} } of maps) {
        const from = metadata?.name.split("-").at(-1) ?? "";
        for (const [name, text] of Object.entries(data))
          expect(text, name).toBe(textOf(kit, `${from}/${name}`));
      }
      const jobs = values.filter(({ kind }) => kind === "Job");
      const started = jobs.map(({ spec }) => spec?.template?.spec.containers[0]?.command.at(-1) ?? "");
      const paths = started.flatMap((word) => /^\/work\/(.*\.sh)$/.exec(word)?.[1] ?? []);
      expect(paths).toContain("train/train.sh");
      for (const path of paths) {
        const [from, name = ""] = path.split("/");
        const map = maps.find(({ metadata }) => metadata?.name.endsWith(`-${from ?? ""}`));
        expect(Object.keys(map?.data ?? {}), path).toContain(name);
      }
    },
  );

  it.skipIf(plan.target !== "kubernetes" || !hasKubectl)("the kustomization builds", () => {
    const done = spawnSync("kubectl", ["kustomize", join(folder, "train/kubernetes")], { encoding: "utf8" });
    expect(done.stderr).toBe("");
    expect(done.stdout).toMatch(/^apiVersion:/);
  });

  it("kit.json lists every other file with its hash", () => {
    const listed = (JSON.parse(textOf(kit, "kit.json")) as { files: Record<string, { sha256: string }> })
      .files;
    const others = kit.files.filter(({ path }) => path !== "kit.json");
    expect(Object.keys(listed)).toEqual(others.map(({ path }) => path));
    for (const { path, text } of others)
      expect(listed[path]?.sha256).toBe(bytesToHex(sha256(utf8ToBytes(text))));
  });

  it("says the same reason in the file, in reasons[] and in the README", () => {
    const plain = textOf(kit, "README.md").replaceAll("\\", "").replaceAll("&lt;", "<");
    const reasons = kit.files.flatMap((file) => (file.path === "README.md" ? [] : file.reasons));
    expect(reasons.length).toBeGreaterThan(10);
    for (const { because } of reasons) expect(plain).toContain(because);
  });
});

describe("what the files say", () => {
  const withExperts = MORE_CASES.find(({ name }) => name.includes("experts adapted"))?.plan;
  const [kt, swift] = GOLDEN_CASES.map(({ plan }) => kitOf(plan));
  const yaml = (plan: Parameters<typeof kitOf>[0]) =>
    parse(textOf(kitOf(plan), "train/train.yaml")) as Record<string, unknown>;

  it("adapters on routed experts turn KTransformers' own on, and their absence off", () => {
    const off = yaml(GOLDEN_CASES[0]?.plan ?? planOf({}));
    expect(off).toMatchObject({ kt_config: { kt_backend: "AMXBF16_SkipLoRA" }, lora_rank: 16 });
    const on = yaml(withExperts ?? planOf({}));
    expect(on).toMatchObject({
      kt_config: { kt_backend: "auto", kt_expert_weight_format: "int8", kt_force_fused_expert_lora: true },
      kt_cpu_activation: "retain",
      optim: "paged_adamw_8bit",
    });
  });

  it("the published FP8 is trained over as it is: nothing is cast, and the processor is asked for its kernels", () => {
    const kit = kitOf(
      MORE_CASES.find(({ plan }) => plan.base === "fp8" && plan.method === "lora")?.plan ?? planOf({}),
    );
    expect(parse(textOf(kit, "train/train.yaml"))).toMatchObject({
      model_name_or_path: "weights/fp8",
      lora_dropout: 0.05,
      kt_config: { kt_backend: "auto", kt_expert_weight_format: "fp8" },
    });
    expect(kit.files.map(({ path }) => path)).not.toContain("prepare/cast.sh");
    expect(textOf(kit, "preflight.sh")).toContain("avx512_bf16");
    expect(textOf(kit, "export/export.sh")).toContain("--base weights/fp8");
  });

  it("what only KTransformers reads is not merged without it", () => {
    const kit = kitOf(withExperts ?? planOf({}));
    const run = spawnSync("bash", [join(unpack(kit, "experts"), "export/export.sh")], { encoding: "utf8" });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain("file of KTransformers' own");
    expect(kit.unsupported.map(({ path }) => path)).toContain("result");
  });

  it("the pipeline's layout names every layer once", () => {
    const layout = /--pipeline_model_parallel_layout '([^']+)'/.exec(
      swift ? textOf(swift, "train/train.sh") : "",
    )?.[1];
    expect(layout?.split("|")).toHaveLength(4);
    expect(layout?.replaceAll(/[^t]/g, "")).toHaveLength(61);
    expect(layout).toMatch(/^E.*L$/);
  });

  it("the pattern of targets takes the plan's matrices and no other", () => {
    const pattern = /--target_regex '([^']+)'/.exec(swift ? textOf(swift, "train/train.sh") : "")?.[1] ?? "";
    const takes = (name: string) => new RegExp(`^${pattern}$`).test(`decoder.layers.7.${name}`);
    expect(takes("self_attention.linear_q_down_proj")).toBe(true);
    expect(takes("mlp.shared_experts.linear_fc2")).toBe(true);
    expect(takes("mlp.linear_fc1")).toBe(true);
    expect(takes("self_attention.linear_kv_up_proj")).toBe(false);
    expect(takes("mlp.experts.linear_fc1")).toBe(false);
    expect(takes("mlp.router")).toBe(false);
  });

  it("the same plan gives the same bytes; hostile text stays data", () => {
    const hostile = 'x"; rm -rf / #\n`id` $(id) <b>';
    const plan = { ...(GOLDEN_CASES[0]?.plan ?? planOf({})), model: hostile };
    const kit = kitOf(plan);
    expect(kitOf(plan).files).toEqual(kit.files);
    expect((JSON.parse(textOf(kit, "kit.json")) as { plan: { model: string } }).plan.model).toBe(hostile);
    for (const { path, text } of kit.files.filter((file) => /\.(sh|py|yaml|sbatch)$/.test(file.path)))
      expect(text, path).not.toContain("rm -rf");
    expect(textOf(kit, "README.md")).not.toContain("<b>");
    expect(kit.name).not.toMatch(/[^a-z0-9.-]/);
    expect(kt?.name).toBe("finetune-deepseek-v3-lora-ktransformers");
  });
});

describe("what no kit can be made of", () => {
  const h200 = cluster("h200-sxm", 4);
  it.each([
    ["another framework", { method: "full", framework: "xtuner", cluster: h200 }, "framework"],
    [
      "ranks that differ",
      { framework: "ms-swift", cluster: h200, adapters: { ranks: { o: 8, q_a: 16 } } },
      "adapters.ranks",
    ],
    [
      "some experts",
      { framework: "ms-swift", cluster: h200, adapters: { ranks: { routed: 8 }, experts: [1, 2] } },
      "adapters.experts",
    ],
    [
      "activations kept without adapters on experts",
      { framework: "ktransformers", cluster: cluster("h200-sxm", 1, 1), training: { recompute: "none" } },
      "training.recompute",
    ],
  ])("%s is refused by its field", (_, written, path) => {
    const kit = compileCase(planOf(written));
    expect(kit.ok ? "" : kit.error.path).toBe(path);
  });

  it("text that no file carries", () => {
    const kit = compileCase({ ...planOf({ framework: "ms-swift", cluster: h200 }), model: "a\0b" });
    expect(kit.ok ? "" : kit.error.problem).toContain("no file can carry");
    expect(kit.ok ? "" : kit.error.path).toBe("model");
  });
});
