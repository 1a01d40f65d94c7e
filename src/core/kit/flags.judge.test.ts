/** Judge: every argument of every script, as bash hands it over, is one that the pinned version parses. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { EngineFlag } from "../domain/engine-flags.ts";
import type { Kit } from "../domain/kit.ts";
import { checkValue } from "./engines/arguments.ts";
import { findFlag, openFlagTable, type FlagTable } from "./flag-table.ts";
import { KIT_CASES, type KitCase } from "./fixtures/cases.ts";
import { FLAG_TABLES, kitOf } from "./fixtures/compile-case.ts";
import { FIXTURE_CATALOG } from "./fixtures/fixture.ts";

const PROGRAMS = [
  "python3",
  "vllm",
  "llama-server",
  "llama-batched-bench",
  "llama-quantize",
  "llama-gguf-split",
  "llama-imatrix",
  "rpc-server",
  "hf",
];

interface UnpackedKit {
  readonly folder: string;
  /** Runs a script; returns the argument vectors of the programs that it started. */
  run(script: string, ...args: readonly string[]): { status: number; argvs: string[][]; output: string };
  remove(): void;
}

/** Unpacks a kit and runs its scripts with every program replaced by a recorder. */
function unpackKit(kit: Kit): UnpackedKit {
  const folder = mkdtempSync(join(tmpdir(), "fathom-kit-"));
  for (const file of kit.files) {
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.text);
    chmodSync(path, file.executable ? 0o755 : 0o644);
  }
  settle(folder);
  const bin = join(folder, "bin");
  mkdirSync(bin);
  for (const program of PROGRAMS) {
    const recorder = `#!/bin/bash\nprintf '%s\\0' ${program} "$@" >> "$ARGV_LOG"\nprintf '\\n\\0' >> "$ARGV_LOG"\n`;
    writeFileSync(join(bin, program), recorder, { mode: 0o755 });
  }
  writeFileSync(join(bin, "df"), "#!/bin/bash\nprintf 'Avail\\n9000000000000\\n'\n", { mode: 0o755 });
  return {
    folder,
    run: (script, ...args) => run(folder, bin, script, args),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What a person does first: paths and addresses in serve/env. */
function settle(folder: string): void {
  const path = join(folder, "serve/env");
  const text = readFileSync(path, "utf8")
    .replaceAll(/=\/srv\/models\/[^/\n]*/g, `=${folder}/model`)
    .replace(/^LLAMA_CPP_DIR=.*/m, `LLAMA_CPP_DIR=${folder}/llama.cpp`)
    .replace(/^HEAD_ADDR=$/m, "HEAD_ADDR=10.0.0.1")
    .replace(/^WORKER_ADDRS=$/m, "WORKER_ADDRS=10.0.0.2:50052");
  writeFileSync(path, text);
}

function run(folder: string, bin: string, script: string, args: readonly string[]) {
  const log = join(folder, "argv.log");
  rmSync(log, { force: true });
  const done = spawnSync("bash", [join(folder, script), ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: `${bin}:/usr/bin:/bin`, ARGV_LOG: log, HOME: folder },
  });
  const recorded = existsSync(log) ? readFileSync(log, "utf8") : "";
  const argvs: string[][] = [[]];
  for (const word of recorded.split("\0").slice(0, -1)) {
    if (word === "\n") argvs.push([]);
    else argvs.at(-1)?.push(word);
  }
  return { status: done.status ?? -1, argvs: argvs.slice(0, -1), output: done.stdout + done.stderr };
}

function tableOf({ plan }: KitCase): FlagTable {
  const flags = FLAG_TABLES[plan.engine];
  const version = FIXTURE_CATALOG.engines.get(plan.engine)?.current ?? "";
  const table = flags ? openFlagTable(flags, version) : null;
  if (!table) throw new Error(`no table for ${plan.engine} ${version}`);
  return table;
}

/** Words of a command line against one command's options: every complaint. */
function judge(table: FlagTable, argv: readonly string[]): string[] {
  const normal =
    argv[0] === "python3" && (argv[1] ?? "").endsWith("convert_hf_to_gguf.py")
      ? ["convert_hf_to_gguf.py", ...argv.slice(2)]
      : argv;
  const command = table.flags.commands
    .map((c) => c.command)
    .filter((c) => normal.join(" ").startsWith(c))
    .toSorted((a, b) => b.length - a.length)[0];
  if (command === undefined) return [`no table for ${argv.join(" ")}`];
  const words = normal.slice(command.split(" ").length);
  const complaints: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!/^--?[A-Za-z]/.test(word)) continue;
    const verdict = findFlag(table, command, word);
    if (verdict.kind !== "known") {
      complaints.push(verdict.reason);
      continue;
    }
    const takes: EngineFlag["value"] = verdict.flag.value ?? "one";
    const value = takes === "none" ? undefined : words[(at += 1)];
    const bad = checkValue(verdict.flag, {
      flag: word,
      ...(value === undefined ? {} : { value }),
      because: "",
    });
    if (bad !== undefined) complaints.push(bad);
    if (verdict.flag.deprecatedFor !== undefined) complaints.push(`${word} is deprecated`);
  }
  return complaints;
}

const SCRIPTS = [
  "serve/serve.sh",
  "serve/worker.sh",
  "bench.sh",
  "convert/convert.sh",
  "convert/imatrix.sh",
  "convert/quantize.sh",
  "convert/split.sh",
];

describe.each(KIT_CASES)("$name", (kitCase) => {
  const kit = kitOf(kitCase);
  const unpacked = unpackKit(kit);
  const table = tableOf(kitCase);
  afterAll(() => unpacked.remove());

  it.each(SCRIPTS.filter((path) => kit.files.some((file) => file.path === path)))("%s", (script) => {
    if (script === "convert/quantize.sh") {
      mkdirSync(join(unpacked.folder, "model/work"), { recursive: true });
      writeFileSync(join(unpacked.folder, "model/work/imatrix.gguf"), "GGUF");
    }
    for (const node of kitCase.plan.cluster.nodes > 1 ? ["0", "1"] : ["0"]) {
      const { argvs, output, status } = unpacked.run(script, node);
      expect(output).toBe("");
      expect(status).toBe(0);
      const commands = argvs.filter((argv) => !argv.some((word) => word.endsWith("compare.py")));
      expect(commands).toHaveLength(1);
      expect(commands.flatMap((argv) => judge(table, argv))).toEqual([]);
    }
  });

  it("sets no environment variable that the engine does not know", () => {
    const own = new Set(
      "MODEL_DIR HOST PORT HEAD_ADDR WORKER_ADDRS IMAGE SOURCE_DIR WORK_DIR LLAMA_CPP_DIR HF_HUB_OFFLINE".split(
        " ",
      ),
    );
    const text = kit.files.find((file) => file.path === "serve/env")?.text ?? "";
    const names = [...text.matchAll(/^([A-Z0-9_]+)=/gm)].map((match) => match[1] ?? "");
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !own.has(name) && !table.flags.environment.includes(name))).toEqual([]);
  });
});

describe("the judge itself", () => {
  it.each([
    ["sglang", ["python3", "-m", "sglang.launch_server", "--enable-ep-moe"], /is gone from sglang/],
    ["sglang", ["python3", "-m", "sglang.launch_server", "--cuda-graph-max-bs", "64"], /deprecated/],
    ["sglang", ["python3", "-m", "sglang.launch_server", "--kv-cache-dtype", "q8_0"], /no choice/],
    ["sglang", ["python3", "-m", "sglang.launch_server", "--tp-size", "eight"], /whole number/],
    ["vllm", ["vllm", "serve", "/m", "--swap-space", "4"], /is gone from vllm/],
    ["vllm", ["vllm", "serve", "/m", "--num-scheduler-steps", "8"], /is gone/],
    ["llama.cpp", ["llama-server", "--no-mmap"], /now: --load-mode none/],
    ["llama.cpp", ["llama-server", "--flash-attn", "--cpu-moe"], /no choice/],
    ["llama.cpp", ["llama-server", "--mla", "3"], /has no option/],
  ])("refuses %s %j", (engine, argv, complaint) => {
    const kitCase = KIT_CASES.find((c) => c.plan.engine === engine);
    if (!kitCase) throw new Error(engine);
    expect(judge(tableOf(kitCase), argv).join("\n")).toMatch(complaint);
  });

  it("knows that an option came later than the pinned version", () => {
    const flags = FLAG_TABLES["vllm"];
    const old = flags ? openFlagTable(flags, "0.10.0") : null;
    expect(old && findFlag(old, "vllm serve", "--numa-bind")).toMatchObject({ kind: "too-new" });
  });

  it("takes the tables around a version that has none", () => {
    const flags = FLAG_TABLES["vllm"];
    const table = flags ? openFlagTable(flags, "0.27.1") : null;
    expect(table).toMatchObject({ exact: false });
    expect(flags?.versions[table?.low ?? 0]).toBe("0.24.0");
  });
});
