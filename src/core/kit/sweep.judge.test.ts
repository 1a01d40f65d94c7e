/**
 * Judge: a generated sweep of plans, engines x targets x layouts x weights on one and two nodes, estimated by
 * the model itself. Nothing throws; what fits is compiled or refused with a reason; what is compiled passes.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { catalog, loadEngineFlags } from "../../planner-data.ts";
import type { EngineFlags } from "../domain/engine-flags.ts";
import type { Kit } from "../domain/kit.ts";
import type { Plan, Target } from "../domain/plan.ts";
import type { GgufFileType, GgufManifest } from "../domain/tensor.ts";
import { evaluate } from "../model/evaluate.ts";
import { buildManifest } from "../tensors/gguf-manifest.ts";
import { compileKit } from "./compile-kit.ts";
import { openFlagTable, type FlagTable } from "./flag-table.ts";
import { FIXTURE_LINK, FIXTURE_PLAN } from "./fixtures/fixture.ts";
import { judge } from "./fixtures/judge-flags.ts";
import { judgeKubernetes, judgeYaml } from "./fixtures/judge-kubernetes.ts";
import { judgeBatchScript, RAY_TABLE } from "./fixtures/judge-slurm.ts";
import { shellWords } from "./fixtures/shell-words.ts";

/** Engines whose command lines the script reader below understands. */
const ENGINES = [
  "sglang",
  "vllm",
  "llama.cpp",
  "tensorrt-llm",
  "ik_llama.cpp",
  "ollama",
  "ktransformers",
  "lmdeploy",
] as const;
/** Engines that every target starts, on one node and on two. */
const EVERYWHERE: ReadonlySet<string> = new Set(["sglang", "vllm", "llama.cpp"]);
/** The others: shell and compose at once, and the targets that may refuse them. */
const FEWER_TARGETS: readonly (Target | undefined)[] = [undefined, "kubernetes", "slurm"];
/** Engines that cut a model by whole layers. */
const BY_LAYERS: ReadonlySet<string> = new Set(["llama.cpp", "ik_llama.cpp", "ollama"]);
const TARGETS: readonly (Target | undefined)[] = [
  undefined,
  "shell",
  "compose",
  "kubernetes",
  "slurm",
  "ray",
];
const CLUSTERS: readonly Plan["cluster"][] = [
  { accelerator: "h200-sxm", acceleratorsPerNode: 8, nodes: 1 },
  { accelerator: "h200-sxm", acceleratorsPerNode: 8, nodes: 2 },
  { accelerator: "h100-sxm", acceleratorsPerNode: 8, nodes: 2 },
  { accelerator: "b200-sxm", acceleratorsPerNode: 8, nodes: 1 },
  { accelerator: "mi300x", acceleratorsPerNode: 8, nodes: 1 },
  { accelerator: "a100-80-sxm", acceleratorsPerNode: 8, nodes: 1 },
  { accelerator: "a100-80-sxm", acceleratorsPerNode: 8, nodes: 2 },
  { accelerator: "rtx-4090", acceleratorsPerNode: 1, nodes: 1, hostMemoryGiB: 768, sockets: 2 },
];
const BASE = FIXTURE_PLAN.layout;
const layout = (change: Partial<Plan["layout"]>): Plan["layout"] => ({ ...BASE, ...change });

/** Layouts that fill what is there; others are other tests' matter. */
function layoutsOf(engine: string, { acceleratorsPerNode: each, nodes }: Plan["cluster"]): Plan["layout"][] {
  const all = each * nodes;
  if (engine === "ktransformers") {
    return [layout({ tp: each, experts: "cpu" }), layout({ tp: each, experts: { cpuLayers: 50 } })];
  }
  if (BY_LAYERS.has(engine)) {
    return [
      layout({ tp: 1, pp: all }),
      layout({ tp: 1, pp: all, experts: "cpu" }),
      layout({ tp: 1, pp: all, experts: { cpuLayers: 8 } }),
    ];
  }
  return [
    layout({ tp: all }),
    layout({ tp: all, ep: all }),
    layout({ tp: all, dpAttention: all, ep: all }),
    layout({ tp: all, dpAttention: 2, ep: all }),
    ...(nodes > 1 ? [layout({ tp: each, pp: nodes }), layout({ tp: each, replicas: nodes })] : []),
    ...(nodes === 1 && each > 1 ? [layout({ tp: each / 2, replicas: 2 })] : []),
  ];
}

/** A model of the family whose checkpoint somebody publishes in these weights, where there is one. */
function publisherOf(weights: string): string {
  const models = [...catalog.models.values()];
  const publishes = models.find(({ repositories }) => repositories.some((r) => r.weights === weights));
  return publishes?.id ?? FIXTURE_PLAN.model;
}

function* plans(): Generator<Plan> {
  for (const engine of ENGINES) {
    const formats = [...catalog.weightFormats.values()].filter(
      ({ id, engines }) => id !== "gguf:custom" && engines.includes(engine),
    );
    for (const [row, { id: weights }] of formats.entries()) {
      for (const [column, cluster] of CLUSTERS.entries()) {
        // GGUF types differ in one word of a command line: each meets one of the clusters.
        if (weights.startsWith("gguf:") && row % CLUSTERS.length !== column) continue;
        for (const each of layoutsOf(engine, cluster)) {
          const imatrix = catalog.weightFormats.get(weights)?.needsImatrix === true;
          const plan: Plan = {
            ...FIXTURE_PLAN,
            engine,
            model: publisherOf(weights),
            weights,
            cluster,
            layout: each,
            workload: { ...FIXTURE_PLAN.workload, concurrency: BY_LAYERS.has(engine) ? 4 : 64 },
            options: {
              ...(imatrix ? { imatrix } : {}),
              ...(engine === "ktransformers" ? { threads: 64 } : {}),
            },
          };
          yield plan;
          if (BY_LAYERS.has(engine))
            yield { ...plan, kvCache: "q8_0", options: { ...plan.options, ubatch: 2048 } };
          else
            yield {
              ...plan,
              kvCache: "fp8",
              speculative: "mtp1",
              options: { ...plan.options, chunkedPrefill: 4096, numa: "isolate" },
            };
        }
      }
    }
  }
}

const manifests = new Map<string, GgufManifest>();
function manifestOf({ weights, model, options }: Plan): GgufManifest | undefined {
  if (!weights.startsWith("gguf:")) return undefined;
  const known = manifests.get(weights);
  if (known) return known;
  const architecture = catalog.models.get(model)?.architecture;
  if (!architecture) throw new Error(model);
  const manifest = buildManifest(architecture, model, weights.slice(5) as GgufFileType, {
    imatrix: options.imatrix === true,
    mtpLayer: false,
  });
  // The conversion's own judges read whole manifests; here the first tensors do.
  const short = { ...manifest, tensors: manifest.tensors.slice(0, 8) };
  manifests.set(weights, short);
  return short;
}

/** Command lines of a script as its arrays spell them: array name → words. */
function arraysOf(text: string): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [, name = "", body = ""] of text.matchAll(/^ *(\w+)=\(\n([\s\S]*?)\n *\)$/gm)) {
    const words = body.split("\n").flatMap((line) => shellWords(line.trim().split(/ {2}# /)[0] ?? ""));
    found.set(name, [...(found.get(name) ?? []), ...words]);
  }
  return found;
}

/** Values that only the shell knows count as numbers where a number is wanted. */
const settled = (word: string): string => (/^\$/.test(word) ? "1" : word);

function judgeScripts(kit: Kit, table: FlagTable): string[] {
  return kit.files.flatMap(({ path, text }) => {
    if (!path.startsWith("serve/") || !path.endsWith(".sh")) return [];
    const program =
      /^(?:exec )?(?:(python3 -m [\w.]+|vllm serve|llama-server|(?:ggml-)?rpc-server|trtllm-serve|ollama \w+|lmdeploy serve \w+)) "\$\{args\[@\]\}"$/m.exec(
        text,
      )?.[1];
    const arrays = arraysOf(text);
    const ray = arrays.get("ray_args");
    const own = [...(arrays.get("args") ?? []), ...(arrays.get("more") ?? [])].map(settled);
    return [
      ...(ray ? judge(RAY_TABLE, ["ray", "start", ...ray.map(settled)]) : []),
      ...(program === undefined ? [] : judge(table, [...program.split(" "), ...own])),
      ...(program === undefined && own.length > 0 ? [`${path}: starts nothing that is known`] : []),
    ].map((complaint) => `${path}: ${complaint}`);
  });
}

function judgeKit(kit: Kit, plan: Plan, table: FlagTable): string[] {
  const secrets = kit.files
    .filter(({ text }) => /\/home\/|\/root\/|\/Users\/|hf_[A-Za-z0-9]{20}/.test(text))
    .map(({ path }) => `${path}: a secret or somebody's home`);
  const batch = kit.files.find(({ path }) => path.endsWith(".sbatch"));
  const compose = kit.files.find(({ path }) => path.endsWith("compose.yaml"));
  return [
    ...secrets,
    ...judgeScripts(kit, table),
    ...(plan.target === "kubernetes" ? judgeKubernetes(kit, table) : []),
    ...(batch ? judgeBatchScript(batch.text) : []),
    ...(compose ? judgeYaml(compose.text) : []),
  ];
}

const folder = mkdtempSync(join(tmpdir(), "fathom-sweep-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const hasShellcheck = spawnSync("sh", ["-c", "command -v shellcheck"]).status === 0;
if (!hasShellcheck) console.warn("SKIPPED: shellcheck is not installed");

/** Every script that differs from all others in more than its numbers and names of weights, through shellcheck. */
function shellcheck(scripts: ReadonlyMap<string, string>): string {
  const paths = [...scripts.values()].map((text, at) => {
    const path = join(folder, `${at}.sh`);
    writeFileSync(path, text);
    return path;
  });
  const done = spawnSync("shellcheck", ["--severity=style", "--shell=bash", ...paths], { encoding: "utf8" });
  return done.stdout;
}

/** A judge that cannot fail judges nothing: each of these spoils one file of a kit that passes. */
const SPOILS: readonly (readonly [target: Target, path: string, from: string, to: string])[] = [
  ["shell", "serve/serve.sh", "--tp-size", "--tp-sizes"],
  ["kubernetes", "serve/kubernetes/server/server.yaml", "--tp-size", "--tp-sizes"],
  ["slurm", "serve/serve.sbatch", "--mem=0", "--memory=0"],
  ["compose", "serve/compose.yaml", '"unless-stopped"', "no"],
  ["shell", "download.sh", "set -euo", "cd /home/somebody; set -euo"],
];

describe("the sweep's judge", () => {
  it.each(SPOILS)("finds fault with %s: %s", async (target, path, from, to) => {
    const flags = await loadEngineFlags("sglang");
    const table = flags ? openFlagTable(flags, flags.version) : null;
    if (!flags || !table) throw new Error("sglang");
    const plan: Plan = { ...FIXTURE_PLAN, target };
    const estimate = evaluate(plan, { catalog, opTables: null });
    const result = compileKit({ plan, estimate, catalog, flags, link: FIXTURE_LINK });
    if (!result.ok) throw new Error(result.error.problem);
    const kit = result.value;
    expect(judgeKit(kit, plan, table)).toEqual([]);
    const files = kit.files.map((file) =>
      file.path === path ? { ...file, text: file.text.replace(from, to) } : file,
    );
    expect(judgeKit({ ...kit, files }, plan, table).length).toBeGreaterThan(0);
  });
});

/** Nothing passes by being refused everywhere. */
function expectCoverage(perTarget: ReadonlyMap<string, number>): void {
  for (const engine of ENGINES) {
    if (EVERYWHERE.has(engine)) continue;
    for (const target of ["both", "slurm"]) {
      expect(perTarget.get(`${engine} ${target} 1`) ?? 0, `${engine} ${target} 1`).toBeGreaterThan(0);
    }
  }
  for (const engine of EVERYWHERE) {
    for (const target of ["both", "shell", "compose", "kubernetes", "slurm"]) {
      for (const nodes of [1, 2]) {
        expect(
          perTarget.get(`${engine} ${target} ${nodes}`) ?? 0,
          `${engine} ${target} ${nodes}`,
        ).toBeGreaterThan(0);
      }
    }
  }
}

describe("the sweep", () => {
  it("compiles or refuses every plan, and all that it compiles passes", async () => {
    const counts = { plans: 0, unfit: 0, refused: 0, kits: 0, files: 0, failures: 0 };
    const reasons = new Map<string, number>();
    const perTarget = new Map<string, number>();
    const failures: string[] = [];
    const scripts = new Map<string, string>();
    const tables = new Map<string, EngineFlags>();
    for (const engine of ENGINES) {
      const flags = await loadEngineFlags(engine);
      if (flags) tables.set(engine, flags);
    }
    for (const base of plans()) {
      const estimate = evaluate(base, { catalog, opTables: null });
      const flags = tables.get(base.engine);
      if (!flags) throw new Error(base.engine);
      const table = openFlagTable(flags, catalog.engines.get(base.engine)?.current ?? "");
      if (!table) throw new Error(base.engine);
      const manifest = manifestOf(base);
      for (const target of EVERYWHERE.has(base.engine) ? TARGETS : FEWER_TARGETS) {
        counts.plans += 1;
        const plan: Plan = target === undefined ? base : { ...base, target };
        const result = compileKit({
          plan,
          estimate,
          catalog,
          flags,
          link: FIXTURE_LINK,
          ...(manifest ? { manifest } : {}),
        });
        if (!result.ok) {
          counts[estimate.fits ? "refused" : "unfit"] += 1;
          if (estimate.fits) reasons.set(result.error.problem, (reasons.get(result.error.problem) ?? 0) + 1);
          if (result.error.problem.length < 10) failures.push(`no reason: ${JSON.stringify(result.error)}`);
          continue;
        }
        const kit = result.value;
        counts.kits += 1;
        counts.files += kit.files.length;
        const key = `${base.engine} ${target ?? "both"} ${base.cluster.nodes}`;
        perTarget.set(key, (perTarget.get(key) ?? 0) + 1);
        failures.push(...judgeKit(kit, plan, table).map((complaint) => `${kit.name}: ${complaint}`));
        for (const { path, text } of kit.files) {
          if (!/\.(sh|sbatch)$/.test(path)) continue;
          const shape = `${path} ${text.replaceAll(/#.*$/gm, "").replaceAll(/[\w.-]*\d[\w.-]*/g, "0")}`;
          if (!scripts.has(shape)) scripts.set(shape, text);
        }
      }
    }
    counts.failures = failures.length;
    console.info(`kit sweep: ${JSON.stringify(counts)}, ${scripts.size} shapes of scripts`);
    console.info([...reasons].map(([reason, n]) => `refused ${n}: ${reason}`).join("\n"));
    console.info([...perTarget].map(([key, n]) => `${key}: ${n}`).join("; "));
    expect(failures.slice(0, 20)).toEqual([]);
    expect(counts.plans).toBeGreaterThan(2000);
    expectCoverage(perTarget);
    expect(perTarget.get("vllm ray 2") ?? 0).toBeGreaterThan(0);
    expect(perTarget.get("sglang ray 2")).toBeUndefined();
    if (hasShellcheck) expect(shellcheck(scripts)).toBe("");
  }, 1_200_000);
});
