/** Judge: preflight, download, smoke and bench, run by real bash on a machine made of stand-ins. */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRecords } from "../catalog/parse-records.ts";
import { KIT_CASES } from "./fixtures/cases.ts";
import { kitOf } from "./fixtures/compile-case.ts";

const kit = kitOf(KIT_CASES[0] as (typeof KIT_CASES)[0]);
let folder = "";
let bin = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fathom-scripts-"));
  bin = join(folder, "bin");
  mkdirSync(bin);
  for (const file of kit.files) {
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.text);
    if (file.executable) chmodSync(path, 0o755);
  }
  setEnvironment("MODEL_DIR", join(folder, "model"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function setEnvironment(name: string, value: string): void {
  const path = join(folder, "serve/env");
  writeFileSync(
    path,
    readFileSync(path, "utf8").replace(new RegExp(`^${name}=.*$`, "m"), `${name}=${value}`),
  );
}
const standIn = (name: string, body: string): void =>
  writeFileSync(join(bin, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });

function run(script: string, ...args: string[]) {
  const done = spawnSync("bash", [join(folder, script), ...args], {
    encoding: "utf8",
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: folder, RESULT_DIR: folder },
  });
  return { status: done.status, output: done.stdout + done.stderr };
}

describe("preflight.sh of a moved port", () => {
  it("asks for the port that serve/env names, not the plan's", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    setEnvironment("PORT", String(port));
    const { output } = run("preflight.sh");
    taken.close();
    expect(output).toContain(`FAIL  port ${port} (HTTP) is taken`);
    expect(output).not.toContain("port 30000");
  });

  it("asks for one a replica, where replicas share the node", () => {
    const found = KIT_CASES.find(({ name }) => name === "vllm-fp8-8xh200-2-replicas-tp4");
    if (!found) throw new Error("no case with replicas");
    const script = kitOf(found).files.find(({ path }) => path === "preflight.sh");
    writeFileSync(join(folder, "preflight.sh"), script?.text ?? "");
    setEnvironment("PORT", "45000");
    const { output } = run("preflight.sh");
    expect(output).toContain("port 45000 (HTTP) is");
    expect(output).toContain("port 45001 (HTTP) is");
  });
});

describe("preflight.sh", () => {
  const links = Array.from(
    { length: 8 },
    (_, i) => `GPU${i} ${Array.from({ length: 8 }, (_, j) => (i === j ? "X" : "NV18")).join(" ")}`,
  );
  const machine = (name: string, mib: number, count: number): void => {
    const row = `${name}, ${mib}, 4, 580.65.06`;
    standIn(
      "nvidia-smi",
      `if [ "$1" = topo ]; then printf '%s\\n' '${links.join("' '")}'; else for i in $(seq ${count}); do echo '${row}'; done; fi`,
    );
    standIn("df", "printf 'Avail\\n9000000000000\\n'");
  };

  it("passes the plan's own machine, check by check", () => {
    machine("NVIDIA H200", 143771, 8);
    const { output } = run("preflight.sh");
    expect(output).toContain("PASS  accelerators: 8, wanted 8");
    expect(output).toContain("PASS  pairs of accelerators linked by NVLink: 28, wanted 28");
    expect(output).toContain("PASS  driver 580.65.06");
    expect(output).toContain("PASS  port 30000 (HTTP) is free");
    // What this machine itself lacks (open files, say) may fail; nothing of the stand-ins does.
    expect(output).not.toMatch(/FAIL {2}(accelerator|pairs|GB free)/);
  });

  it("fails fewer, other and smaller accelerators", () => {
    machine("NVIDIA H100 80GB HBM3", 81559, 4);
    const { status, output } = run("preflight.sh");
    expect(status).toBe(1);
    expect(output).toContain("FAIL  accelerators: 4, wanted 8");
    expect(output).toContain("FAIL  accelerator 1 is NVIDIA H100 80GB HBM3, the plan has H200");
    expect(output).toMatch(/FAIL {2}accelerator 1 has 81559 MiB, the plan takes \d+/);
  });

  it("fails a full disk", () => {
    machine("NVIDIA H200", 143771, 8);
    standIn("df", "printf 'Avail\\n1000000000\\n'");
    expect(run("preflight.sh").output).toMatch(/FAIL {2}GB free or already filled .*: 1, wanted 689/);
  });
});

describe("download.sh", () => {
  const shard = "model-00001-of-00001.safetensors";
  const sum = createHash("sha256").update("weights").digest("hex");
  const client = (content: string): void =>
    standIn(
      "hf",
      `while [ $# -gt 0 ]; do if [ "$1" = --local-dir ]; then d=$2; fi; if [ "$1" = --revision ]; then r=$2; fi; shift; done
mkdir -p "$d/.cache/huggingface/download"
printf '%s' '${content}' > "$d/${shard}"
printf '%s\\n%s\\n0\\n' "$r" ${sum} > "$d/.cache/huggingface/download/${shard}.metadata"`,
    );

  it("fetches the pinned revision and checks it against the hub's sums", () => {
    client("weights");
    const { status, output } = run("download.sh");
    expect(output).toBe(
      "checked: 1 files of deepseek-ai/DeepSeek-V3-0324 at e9b33add76883f293d6bf61f6bd89b497e80e335\n",
    );
    expect(status).toBe(0);
  });

  it("fails on a file that is not what the hub has", () => {
    client("weigths");
    expect(run("download.sh")).toMatchObject({
      status: 1,
      output: expect.stringContaining("FAILED") as string,
    });
  });

  it("takes a folder carried in, and checks it the same way", () => {
    const carried = join(folder, "disk");
    mkdirSync(carried);
    writeFileSync(join(carried, shard), "weights");
    writeFileSync(join(carried, "SHA256SUMS"), `${sum}  ${shard}\n`);
    expect(run("download.sh", "--from", carried).status).toBe(0);
    writeFileSync(join(folder, "model", shard), "rotten");
    expect(run("download.sh", "--check").status).toBe(1);
  });
});

describe("smoke.sh", () => {
  let server: Server;
  afterEach(() => server.close());

  async function smoke(answer: unknown): Promise<{ status: number | null; output: string; asked: string }> {
    let asked = "";
    server = createServer((request, response) => {
      if (request.url === "/health") return response.end("ok");
      request.on("data", (part: Buffer) => (asked += part.toString()));
      request.on("end", () => response.end(JSON.stringify(answer)));
      return undefined;
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    setEnvironment("PORT", String((server.address() as AddressInfo).port));
    const child = spawn("bash", [join(folder, "smoke.sh")], {
      env: { PATH: "/usr/bin:/bin", SMOKE_LIMIT: "10" },
    });
    let output = "";
    child.stdout.on("data", (part: Buffer) => (output += part.toString()));
    child.stderr.on("data", (part: Buffer) => (output += part.toString()));
    const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { status, output, asked };
  }
  const completion = (content: string) => ({
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content } }],
    usage: { completion_tokens: 2 },
  });

  it("passes a server that answers", async () => {
    const { status, output, asked } = await smoke(completion("Paris"));
    expect(output).not.toContain("FAIL");
    expect(status).toBe(0);
    expect(JSON.parse(asked)).toMatchObject({ model: "deepseek-v3-0324", temperature: 0 });
  });

  it.each([
    ["of another shape", { object: "error", message: "Paris" }],
    ["of nonsense", completion("!!!!")],
  ])("fails an answer %s", async (_, answer) => {
    expect((await smoke(answer)).status).toBe(1);
  });
});

describe("bench.sh", () => {
  it("sets the client's result beside the prediction and its interval", () => {
    standIn(
      "python3",
      `if [ "$1" = -m ]; then while [ $# -gt 0 ]; do if [ "$1" = --output-file ]; then f=$2; fi; shift; done
printf '{"output_throughput": 1900.0, "mean_ttft_ms": 430.0, "mean_tpot_ms": 99.0}\\n' > "$f"; else exec /usr/bin/env -i PATH="\${PATH#*:}" python3 "$@"; fi`,
    );
    const { status, output } = run("bench.sh");
    expect(status).toBe(0);
    expect(output).toMatch(/ttftMs\s+430\.0\s+421\.0\s+378\.9 to 484\.1\s+inside \(calibrated\)/);
    const written = readFileSync(join(folder, "fathom-records.jsonl"), "utf8");
    const records = parseRecords(written);
    if (!records.ok) throw new Error(records.error.problem);
    expect(records.value).toHaveLength(1);
    expect(records.value[0]).toMatchObject({
      class: "serving",
      phase: "closed-loop",
      engineVersion: "0.5.18",
      plan: { model: "deepseek-v3-0324", engine: "sglang" },
      measured: { ttftMs: { mean: 430 }, tpotMs: { mean: 99 }, outputTokensPerSecond: 1900 },
    });
    expect(output).toMatch(/tpotMs\s+99\.0\s+32\.7\s+29\.4 to 37\.6\s+outside \(calibrated\)/);
  });
});
