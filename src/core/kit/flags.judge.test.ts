/** Judge: every argument of every script, as bash hands it over, is one that the pinned version parses. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findFlag, openFlagTable } from "./flag-table.ts";
import { KIT_CASES } from "./fixtures/cases.ts";
import { FLAG_TABLES, kitOf } from "./fixtures/compile-case.ts";
import { judge, tableOf } from "./fixtures/judge-flags.ts";
import { unpackKit } from "./fixtures/unpack-kit.ts";

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

  const isStarted = (path: string) => {
    const text = kit.files.find((file) => file.path === path)?.text;
    // One file is moved, not split: no program of the engine's runs.
    return text !== undefined && !/^mv /m.test(text);
  };

  it.each(SCRIPTS.filter(isStarted))("%s", (script) => {
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
      "MODEL_DIR HOST PORT HEAD_ADDR WORKER_ADDRS NODE_ADDRS MPI_HOSTS IMAGE SOURCE_DIR WORK_DIR LLAMA_CPP_DIR HF_HUB_OFFLINE".split(
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
    ["ik_llama.cpp", ["llama-server", "-fmoe"], /gone from ik_llama.cpp.*now: nothing: on unless/],
    ["ik_llama.cpp", ["llama-server", "--load-mode", "none"], /has no option --load-mode/],
    ["tensorrt-llm", ["trtllm-serve", "/m", "--tp-size", "8"], /has no option --tp-size/],
    ["tensorrt-llm", ["trtllm-serve", "/m", "--kv_cache_dtype", "q8_0"], /no choice/],
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
