/** Judges of what the cluster targets write: schemas, option lists, real bash, shellcheck, kustomize. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Kit } from "../../domain/kit.ts";
import { KIT_CASES, type KitCase } from "../fixtures/cases.ts";
import { compileCase, kitOf } from "../fixtures/compile-case.ts";
import { judge, tableOf } from "../fixtures/judge-flags.ts";
import {
  commandLine,
  isObject,
  judgeKubernetes,
  judgeYaml,
  objectsOf,
  type Container,
} from "../fixtures/judge-kubernetes.ts";
import { judgeBatchScript, judgeStep, RAY_TABLE } from "../fixtures/judge-slurm.ts";
import { MORE_TARGET_CASES, TARGET_CASES } from "../fixtures/target-cases.ts";
import { unpackKit } from "../fixtures/unpack-kit.ts";

const ALL = [...TARGET_CASES, ...MORE_TARGET_CASES];
const of = (target: string): KitCase[] => ALL.filter(({ plan }) => plan.target === target);
const textOf = (kit: Kit, path: string): string => kit.files.find((file) => file.path === path)?.text ?? "";
const caseOf = (name: string): KitCase => {
  const found = [...ALL, ...KIT_CASES].find((kitCase) => kitCase.name === name);
  if (!found) throw new Error(name);
  return found;
};
const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const hasShellcheck = has("shellcheck");
const hasKubectl = has("kubectl");
if (!hasShellcheck) console.warn("SKIPPED: shellcheck is not installed");
if (!hasKubectl) console.warn("SKIPPED: kubectl is not installed; kustomizations are checked by schema only");

const folder = mkdtempSync(join(tmpdir(), "fathom-targets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Scripts of a kit: files, and those that a ConfigMap carries. */
function scriptsOf(kit: Kit): { path: string; text: string }[] {
  const carried = kit.files
    .filter(({ path }) => path.endsWith("scripts.yaml"))
    .flatMap(({ text }) => Object.entries((parse(text) as { data: Record<string, string> }).data))
    .filter(([name]) => name.endsWith(".sh"))
    .map(([name, text]) => ({ path: `configmap-${name}`, text }));
  return [...kit.files.filter(({ path }) => /\.(sh|sbatch)$/.test(path)), ...carried];
}

describe.each(ALL)("$name", (kitCase) => {
  const kit = kitOf(kitCase);
  const own = join(folder, kitCase.name);
  for (const { path, text } of [...kit.files, ...scriptsOf(kit)]) {
    mkdirSync(dirname(join(own, path)), { recursive: true });
    writeFileSync(join(own, path), text, { mode: 0o755 });
  }
  const scripts = scriptsOf(kit).map(({ path }) => join(own, path));

  it("scripts are bash", () => {
    for (const script of scripts) {
      const done = spawnSync("bash", ["-n", script], { encoding: "utf8" });
      expect(done.stderr).toBe("");
    }
  });

  it.skipIf(!hasShellcheck)("scripts pass shellcheck at every level", () => {
    const done = spawnSync("shellcheck", ["--severity=style", "--shell=bash", ...scripts], {
      encoding: "utf8",
    });
    expect(done.stdout).toBe("");
    expect(done.status).toBe(0);
  });

  it("holds no secret and no path of anybody's home", () => {
    for (const file of kit.files) {
      expect(file.text).not.toMatch(/\/home\/|\/root\/|\/Users\/|hf_[A-Za-z0-9]{20}/);
    }
  });

  it("files in the README are files of the kit", () => {
    const named = [...textOf(kit, "README.md").matchAll(/`(?:\.\/|sbatch )([a-z/-]+\.(?:sh|sbatch))/g)];
    expect(named.length).toBeGreaterThan(3);
    for (const [, path] of named) expect(kit.files.map((file) => file.path)).toContain(path);
  });
});

describe.each(of("kubernetes"))("$name", (kitCase) => {
  const kit = kitOf(kitCase);

  it("is what the schemas describe, and what the engine parses", () => {
    expect(judgeKubernetes(kit, tableOf(kitCase))).toEqual([]);
  });

  it("has the object that its nodes ask for", () => {
    const kinds = objectsOf(kit)
      .map(({ value }) => value.kind)
      .sort();
    const server = kitCase.plan.cluster.nodes > 1 ? "LeaderWorkerSet" : "Deployment";
    expect(kinds).toEqual(
      [
        "ConfigMap",
        // Settings files of the engine are a map of their own.
        ...(kit.files.some(({ path }) => path.endsWith("server/settings.yaml")) ? ["ConfigMap"] : []),
        // What the server keeps is a claim of its own.
        ...(kitCase.plan.engine === "ollama" ? ["PersistentVolumeClaim"] : []),
        server,
        "Job",
        "Kustomization",
        "Kustomization",
        "PersistentVolumeClaim",
        "Service",
      ].sort(),
    );
  });

  it.skipIf(!hasKubectl)("kustomizations build", () => {
    const own = join(folder, kitCase.name);
    for (const part of ["weights", "server"]) {
      const done = spawnSync("kubectl", ["kustomize", join(own, "serve/kubernetes", part)], {
        encoding: "utf8",
      });
      expect(done.stderr).toBe("");
      expect(done.stdout).toMatch(/^apiVersion:/);
    }
  });
});

describe.each(of("slurm"))("$name", (kitCase) => {
  const kit = kitOf(kitCase);

  it("uses options that sbatch and srun have", () => {
    expect(judgeBatchScript(textOf(kit, "serve/serve.sbatch"))).toEqual([]);
    const step = /`(srun [^`]+)`/.exec(textOf(kit, "README.md"))?.[1] ?? "";
    expect(judgeStep(step.split(" "))).toEqual([]);
  });

  it("starts what the engine parses, on every node", async () => {
    const { nodes } = kitCase.plan.cluster;
    const perNode = nodes > 1 ? 1 : kitCase.plan.layout.replicas;
    const standIns = {
      scontrol: 'if [ "$1 $2" = "show hostnames" ]; then printf "127.0.0.%d\\n" 1 2; fi',
      getent: 'printf "%s STREAM %s\\n" 10.0.0.1 "$2"',
      // Plays a step: its program once a task, as srun sets the environment; the last node first.
      srun: `while [ "\${1:0:1}" = - ]; do shift; done
for node in $(seq ${nodes - 1} -1 0); do for task in $(seq 0 ${perNode - 1}); do
  SLURM_NODEID="$node" SLURM_LOCALID="$task" "$@" || exit 1
done; done`,
    };
    const unpacked = unpackKit(kit, standIns);
    const wrapper = join(unpacked.folder, "run.sh");
    writeFileSync(
      wrapper,
      `export SLURM_SUBMIT_DIR=${unpacked.folder} SLURM_JOB_NODELIST=n[1-2] SLURM_ARRAY_TASK_ID=0\n` +
        `exec bash ${unpacked.folder}/serve/serve.sbatch\n`,
    );
    // The head waits until its worker's port answers: the kernel does, while this process is busy.
    const worker = createServer().listen(50052, "127.0.0.2");
    await once(worker, "listening");
    const { argvs, status } = unpacked.run("run.sh");
    expect(status).toBe(0);
    const front = argvs.filter((argv) => argv.join(" ").startsWith("lmdeploy serve proxy"));
    expect(front).toHaveLength(kit.files.some(({ path }) => path === "serve/proxy.sh") ? 1 : 0);
    expect(argvs).toHaveLength(nodes * perNode + front.length);
    expect(argvs.flatMap((argv) => judge(tableOf(kitCase), argv))).toEqual([]);
    const said = argvs.map((argv) => argv.join(" ")).join("\n");
    // Ranks that meet by MPI are told by no address.
    const byMpi = said.includes("trtllm-llmapi-launch");
    if (nodes > 1 && !byMpi) expect(said).toMatch(/10\.0\.0\.1|127\.0\.0\.2:50052/);
    worker.close();
    unpacked.remove();
  });
});

describe.each(of("ray"))("$name", (kitCase) => {
  it("starts Ray and the server with options that both have", () => {
    const unpacked = unpackKit(kitOf(kitCase));
    const head = unpacked.run("serve/head.sh");
    expect(head.status).toBe(0);
    const programs = head.argvs.map((argv) => argv.slice(0, 2).join(" "));
    expect(programs).toEqual(["ray start", "python3 -", "vllm serve", "ray stop"]);
    const worker = unpacked.run("serve/worker.sh");
    expect(worker.argvs).toHaveLength(1);
    for (const argv of [...head.argvs, ...worker.argvs]) {
      if (argv[0] === "ray") expect(judge(RAY_TABLE, argv)).toEqual([]);
      if (argv[0] === "vllm") {
        expect(judge(tableOf(kitCase), argv)).toEqual([]);
        expect(argv.join(" ")).toMatch(/--(distributed-executor|data-parallel)-backend ray/);
        expect(argv).not.toContain("--nnodes");
      }
    }
    unpacked.remove();
  });
});

describe("a target", () => {
  const asked = (name: string, target: KitCase["plan"]["target"], change: Partial<KitCase["plan"]> = {}) => {
    const base = caseOf(name);
    return compileCase({ ...base, plan: { ...base.plan, ...change, ...(target ? { target } : {}) } });
  };

  it("that the engine cannot use is refused with the reason", () => {
    for (const name of ["sglang-fp8-2x8xh100-tp16-mtp", "llamacpp-iq2m-2x8xa100-rpc"]) {
      expect(asked(name, "ray")).toMatchObject({ ok: false, error: { path: "target" } });
    }
    expect(asked("vllm-fp8-8xh200", "ray")).toMatchObject({
      ok: false,
      error: { path: "target", problem: expect.stringContaining("fits in a node") as string },
    });
  });

  it("narrows what is written", () => {
    const paths = (name: string) => kitOf(caseOf(name)).files.map((file) => file.path);
    expect(paths("sglang-shell")).toContain("serve/serve.sh");
    expect(paths("sglang-shell")).not.toContain("serve/compose.yaml");
    expect(paths("sglang-compose")).toContain("serve/compose.yaml");
    expect(paths("sglang-compose").join()).not.toMatch(/serve\.sh|\.service/);
    for (const { name } of of("kubernetes"))
      expect(paths(name).join()).not.toMatch(/serve\.sh|compose|\.service/);
  });

  it("gives the kit's folder its name", () => {
    expect(kitOf(caseOf("sglang-fp8-8xh200-kubernetes")).name).toMatch(/-kubernetes$/);
    expect(kitOf(caseOf("sglang-fp8-8xh200")).name).toMatch(/8x-h200-sxm$/);
  });
});

describe("a group of pods", () => {
  /** Four nodes: workers 1 to 3 start at other ranks, which only a shell can multiply. */
  const base = caseOf("vllm-dp16-kubernetes");
  const four = kitOf({
    ...base,
    plan: {
      ...base.plan,
      cluster: { ...base.plan.cluster, nodes: 4 },
      layout: { ...base.plan.layout, tp: 32, dpAttention: 32, ep: 32 },
    },
  });

  it("multiplies its index where the kubelet cannot, and real bash agrees", () => {
    expect(judgeKubernetes(four, tableOf(base))).toEqual([]);
    const set = objectsOf(four).find(({ value }) => value.kind === "LeaderWorkerSet")?.value;
    const worker = set?.spec?.leaderWorkerTemplate?.workerTemplate.spec.containers[0] as Container;
    const log = join(folder, "argv");
    const bin = join(folder, "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "vllm"), `#!/bin/bash\nprintf '%s\\n' "$@" > ${log}\n`, { mode: 0o755 });
    const kubelet = (word: string) => word.replaceAll("$$", "$").replaceAll("$(LWS_LEADER_ADDRESS)", "head");
    const [program = "", ...words] = [...worker.command, ...(worker.args ?? [])].map(kubelet);
    spawnSync(program, words, { env: { PATH: `${bin}:/usr/bin:/bin`, LWS_WORKER_INDEX: "3" } });
    expect(existsSync(log)).toBe(true);
    const said = spawnSync("cat", [log], { encoding: "utf8" }).stdout.split("\n");
    expect(said[said.indexOf("--data-parallel-start-rank") + 1]).toBe("24");
    expect(said).toContain("--headless");
    expect(said[0]).toBe("serve");
    expect(said[1]).toBe("/model");
  });

  it("meets at the leader: it listens on its own address, the others ask for it by name", () => {
    const set = objectsOf(kitOf(caseOf("vllm-fp8-2x8xh100-tp8-pp2-kubernetes"))).find(
      ({ value }) => value.kind === "LeaderWorkerSet",
    )?.value.spec?.leaderWorkerTemplate;
    const line = (template: { spec: { containers: readonly Container[] } } | undefined) =>
      commandLine(template?.spec.containers[0] as Container).join(" ");
    expect(line(set?.leaderTemplate)).toContain("--node-rank 0 --master-addr 10.0.0.1");
    expect(line(set?.workerTemplate)).toContain("--node-rank 1 --master-addr server-0.server.default");
    expect(line(set?.workerTemplate)).toContain("--headless");
    expect(line(set?.leaderTemplate)).not.toContain("--headless");
  });

  it("of llama.cpp names its workers and waits for them", () => {
    const kit = kitOf(caseOf("llamacpp-rpc-kubernetes"));
    const set = objectsOf(kit).find(({ value }) => value.kind === "LeaderWorkerSet")?.value;
    const leader = set?.spec?.leaderWorkerTemplate?.leaderTemplate.spec;
    const name = set?.metadata?.name ?? "";
    const words = commandLine(leader?.containers[0] as Container);
    expect(words[words.indexOf("--rpc") + 1]).toBe(`${name}-0-1.${name}:50052`);
    expect(leader?.initContainers?.[0]?.args).toEqual([`${name}-$(GROUP_INDEX)-1.${name}:50052`]);
  });
});

describe("what a pod needs besides its server", () => {
  it("of Ollama is a claim for its copy, and a script that makes the model there", () => {
    const kit = kitOf(caseOf("ollama-q4km-8xa100-kubernetes"));
    const unpacked = unpackKit(kit, {
      kubectl: `printf '%s\\0' kubectl "$@" >> "$ARGV_LOG"; printf '\\n\\0' >> "$ARGV_LOG"`,
    });
    const { argvs, status } = unpacked.run("serve/create.sh");
    unpacked.remove();
    expect(status).toBe(0);
    const inPod = argvs
      .filter((argv) => argv[1] === "exec")
      .map((argv) => argv.slice(argv.indexOf("--") + 1));
    expect(inPod.map((words) => words.slice(0, 3).join(" "))).toEqual([
      "cp /kit/Modelfile /model/Modelfile",
      "ollama create deepseek-v3-0324",
      "ollama run deepseek-v3-0324",
    ]);
    const text = textOf(kit, "serve/kubernetes/server/server.yaml");
    expect(text).toContain('claimName: "deepseek-v3-0324-gguf-q4-k-m-ollama-state"');
    expect(text).toMatch(/name: "OLLAMA_MODELS"\n\s+value: "\/state"/);
    expect(text).toMatch(/name: "OLLAMA_HOST"\n\s+value: "0.0.0.0:11434"/);
    // llama.cpp makes the type: a claim of the served size holds no 16-bit file.
    expect(kit.files.map(({ path }) => path)).toContain("convert/quantize.sh");
  });

  it("of LMDeploy is the proxy beside the first server, ready once all ranks reported", () => {
    const set = objectsOf(kitOf(caseOf("lmdeploy-fp8-2x8xh100-dp16-ep16-kubernetes"))).find(
      ({ value }) => value.kind === "LeaderWorkerSet",
    )?.value.spec?.leaderWorkerTemplate;
    const names = (template: { spec: { containers: readonly Container[] } } | undefined) =>
      template?.spec.containers.map(({ name }) => name);
    expect(names(set?.leaderTemplate)).toEqual(["server", "proxy"]);
    expect(names(set?.workerTemplate)).toEqual(["server"]);
    const worker = set?.workerTemplate.spec.containers[0] as Container;
    expect(commandLine(worker).join(" ")).toContain("--proxy-url http://server-0.server.default:8000");
    expect(worker.env).toContainEqual({ name: "LMDEPLOY_DP_MASTER_ADDR", value: "$(LWS_LEADER_ADDRESS)" });
    expect(JSON.stringify(set?.leaderTemplate)).toContain(">= 16");
  });
});

describe("the judges themselves", () => {
  const kit = kitOf(caseOf("sglang-fp8-8xh200-kubernetes"));
  const table = tableOf(caseOf("sglang-fp8-8xh200-kubernetes"));
  /** Spoils the Kubernetes files, and those alone. */
  const spoil = (from: string | RegExp, to: string): string[] => {
    const files = kit.files.map((file) =>
      file.path.endsWith(".yaml") ? { ...file, text: file.text.replace(from, to) } : file,
    );
    return judgeKubernetes({ ...kit, files }, table);
  };

  it.each<[string, string | RegExp, string, RegExp]>([
    ["a misspelt field", "terminationGracePeriodSeconds", "terminationGraceSeconds", /additional properties/],
    ["a wrong type", /replicas: 1/, 'replicas: "one"', /must be integer/],
    ["an unknown option", '"--tp-size"', '"--enable-ep-moe"', /is gone from sglang/],
    ["an unquoted switch", '"RuntimeDefault"', "off", /unquoted off/],
    ["a name that is no label", /name: "deepseek/, 'name: "Deep.seek', /must match pattern/],
    [
      "a namespace",
      'kind: "Service"\nmetadata:',
      'kind: "Service"\nmetadata:\n  namespace: "x"',
      /namespace/,
    ],
    ["a variable that nobody sets", '"0.0.0.0"', '"$(HOST)"', /nothing sets/],
    ["a resource that is not there", '"service.yaml"', '"servis.yaml"', /no serve/],
    ["another download.sh", "install the client first", "install it yourself", /download\.sh/],
  ])("refuse %s", (_, from, to, complaint) => {
    expect(spoil(from, to).join("\n")).toMatch(complaint);
  });

  it("refuse a Deployment without a template, and an unknown kind", () => {
    const deployment = objectsOf(kit).find(({ value }) => value.kind === "Deployment")?.value;
    expect(isObject(deployment, "Deployment")).toBe(true);
    expect(isObject({ ...deployment, spec: {} }, "Deployment")).toMatch(/required property/);
    expect(isObject(deployment, "Pod")).toMatch(/^Pod/);
    expect(judgeYaml("a: no\n").join()).toMatch(/disagree/);
  });

  it("refuse options that Slurm does not have, and those that it would not read", () => {
    const text = textOf(kitOf(caseOf("sglang-fp8-2x8xh100-tp16-mtp-slurm")), "serve/serve.sbatch");
    expect(judgeBatchScript(text.replace("--gpus-per-node", "--gpus-a-node")).join()).toMatch(
      /no option --gpus-a-node/,
    );
    expect(judgeBatchScript(`${text}#SBATCH --nodes=3\n`).join()).toMatch(/read too late/);
    expect(judgeStep(["srun", "--with-luck", "x"]).join()).toMatch(/no option/);
  });
});
