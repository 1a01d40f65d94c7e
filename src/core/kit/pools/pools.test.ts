/** Kits of two pools: every half and the router as real bash starts them, and the proxy between real servers. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { compileCase, kitOf } from "../fixtures/compile-case.ts";
import { judge, tableOf } from "../fixtures/judge-flags.ts";
import { openKitJudge } from "../fixtures/judge-kit.ts";
import { objectsOf } from "../fixtures/judge-kubernetes.ts";
import type { KitCase } from "../fixtures/kit-case.ts";
import { POOL_CASES, POOL_TARGET_CASES, SHARED_NODE, TENSORRT_SINGLE } from "../fixtures/pool-cases.ts";
import { unpackKit } from "../fixtures/unpack-kit.ts";
import { PROXY } from "./proxy.ts";

const [sglang, vllm, tensorrt] = POOL_CASES as [KitCase, KitCase, KitCase];
const hasShellcheck = spawnSync("sh", ["-c", "command -v shellcheck"]).status === 0;

describe.each([...POOL_CASES, SHARED_NODE])("$name", (kitCase) => {
  const kit = kitOf(kitCase);
  const unpacked = unpackKit(kit);
  const table = tableOf(kitCase);
  afterAll(() => unpacked.remove());

  it.each(["prefill/serve/serve.sh", "decode/serve/serve.sh", "bench.sh"])(
    "%s starts what is known",
    (script) => {
      const { argvs, output, status } = unpacked.run(script, "0");
      expect(output).toBe("");
      expect(status).toBe(0);
      const commands = argvs.filter((argv) => !argv.some((word) => word.endsWith("compare.py")));
      expect(commands).toHaveLength(1);
      expect(commands.flatMap((argv) => judge(table, argv))).toEqual([]);
    },
  );

  it.skipIf(!hasShellcheck)("passes shellcheck at every level", () => {
    const scripts = kit.files.filter(({ path }) => /\.(sh|sbatch)$/.test(path));
    const paths = scripts.map(({ path }) => join(unpacked.folder, path));
    const done = spawnSync("shellcheck", ["--severity=style", "--shell=bash", ...paths], {
      encoding: "utf8",
    });
    expect(done.stdout).toBe("");
  });

  it("explains the halves' arguments in its README", () => {
    const readme = kit.files.find(({ path }) => path === "README.md")?.text ?? "";
    expect(readme).toContain("| `prefill/serve/serve.sh` | because |");
    expect(readme).toMatch(/this half takes caches over|caches over by RDMA/);
    expect(readme).toContain("In `prefill/`: `./preflight.sh`");
    expect(readme).toMatch(/In `decode\/`: .*`\.\/serve\/serve\.sh/);
  });
});

describe.each([...POOL_TARGET_CASES, TENSORRT_SINGLE])("$name", (kitCase) => {
  const kit = kitOf(kitCase);

  // The sweep takes such kits through shellcheck.
  it("passes the judge of whole kits", () => {
    expect(openKitJudge()(kit, tableOf(kitCase))).toEqual([]);
  });
});

describe("pools in Kubernetes", () => {
  const objects = (kitCase: KitCase) => objectsOf(kitOf(kitCase)).map(({ value }) => value);
  const [grouped, single] = POOL_TARGET_CASES as [KitCase, KitCase];

  it("have an object a half, one claim and one router", () => {
    const kinds = (kitCase: KitCase) =>
      objects(kitCase)
        .map(({ kind }) => kind)
        .filter((kind) => kind !== "Kustomization")
        .sort();
    const shared = ["ConfigMap", "Deployment", "Job", "PersistentVolumeClaim", "Service"];
    expect(kinds(grouped)).toEqual([...shared, "LeaderWorkerSet", "Service", "StatefulSet"].sort());
    expect(kinds(single)).toEqual(
      [...shared, "ConfigMap", "Service", "Service", "StatefulSet", "StatefulSet"].sort(),
    );
  });

  it("are asked by names that the halves' objects give their pods", () => {
    for (const kitCase of [grouped, single]) {
      const sets = objects(kitCase)
        .filter(({ kind }) => kind === "StatefulSet" || kind === "LeaderWorkerSet")
        .map(({ metadata }) => metadata?.name ?? "");
      const router = objects(kitCase).find(({ kind }) => kind === "Deployment")?.spec?.template?.spec
        .containers[0];
      const urls = (router?.args ?? []).filter((word) => word.startsWith("http://"));
      const names = urls.map((url) => new URL(url).hostname);
      expect(names.length).toBeGreaterThan(1);
      expect([...new Set(names.map((name) => name.split(".")[1]))].sort()).toEqual(sets.sort());
      expect(names.every((name) => /^(.+)-\d+\.\1$/.test(name))).toBe(true);
    }
  });

  it("tell TensorRT-LLM's router the same by a file", () => {
    const kit = kitOf(TENSORRT_SINGLE);
    const text = kit.files.find(({ path }) => path === "serve/router.yaml")?.text ?? "";
    const { context_servers: prefill, generation_servers: decode } = parse(text) as Record<
      string,
      { num_instances: number; urls: string[] }
    >;
    expect(prefill?.urls).toEqual([expect.stringMatching(/^(.+-prefill)-0\.\1:8000$/)]);
    expect(decode?.urls).toEqual([expect.stringMatching(/^(.+-decode)-0\.\1:9000$/)]);
    expect(decode?.num_instances).toBe(1);
  });
});

describe("a router", () => {
  it("of SGLang knows every instance, prefill's with the port where caches are asked for", () => {
    const unpacked = unpackKit(kitOf(sglang));
    const { argvs } = unpacked.run("serve/router.sh");
    unpacked.remove();
    expect(argvs.flatMap((argv) => judge(tableOf(sglang), argv))).toEqual([]);
    expect(argvs[0]?.join(" ")).toContain(
      "--prefill http://10.0.0.1:30000 8998 --prefill http://10.0.0.2:30000 8998 --decode http://10.0.0.3:31000",
    );
  });

  it("of TensorRT-LLM reads a file of addresses, which its script writes", () => {
    const unpacked = unpackKit(kitOf(tensorrt), {
      "trtllm-serve": 'printf "%s\\n" "$@" > "$HOME/argv"; cp "$3" "$HOME/router.yaml"; rm "$3"',
    });
    const { status, output } = unpacked.run("serve/router.sh");
    expect(output).toBe("");
    expect(status).toBe(0);
    const argv = readFileSync(join(unpacked.folder, "argv"), "utf8").trimEnd().split("\n");
    const written = parse(readFileSync(join(unpacked.folder, "router.yaml"), "utf8")) as object;
    unpacked.remove();
    expect(judge(tableOf(tensorrt), ["trtllm-serve", ...argv])).toEqual([]);
    expect(argv).toContain("--server_start_timeout");
    expect(written).toEqual({
      hostname: "127.0.0.1",
      port: 8080,
      context_servers: {
        num_instances: 2,
        router: { type: "round_robin" },
        urls: ["10.0.0.1:30000", "10.0.0.2:30000"],
      },
      generation_servers: { num_instances: 1, router: { type: "round_robin" }, urls: ["10.0.0.3:31000"] },
    });
  });

  it("of TensorRT-LLM refuses an address that is none", () => {
    const kit = kitOf(tensorrt);
    const files = kit.files.map((file) =>
      file.path === "serve/env"
        ? { ...file, text: file.text.replace(/^DECODE_URLS=$/m, "DECODE_URLS=http://a:x") }
        : file,
    );
    const unpacked = unpackKit({ ...kit, files });
    const { status, output } = unpacked.run("serve/router.sh");
    unpacked.remove();
    expect(status).not.toBe(0);
    expect(output).toContain("is not http://HOST:PORT");
  });

  it("asks for its pools' addresses first", () => {
    const kit = kitOf(vllm);
    const env = kit.files.find(({ path }) => path === "serve/env")?.text ?? "";
    expect(env).toMatch(/^PREFILL_URLS=$/m);
    expect(env).toContain("http://HOST:9000 of every decode instance");
  });
});

describe("halves", () => {
  const argumentsOf = (kitCase: KitCase, half: string): string[] => {
    const unpacked = unpackKit(kitOf(kitCase));
    const { argvs } = unpacked.run(`${half}/serve/serve.sh`, "1");
    unpacked.remove();
    return argvs[0] ?? [];
  };

  it("have each its own layout, nodes and role", () => {
    const prefill = argumentsOf(sglang, "prefill").join(" ");
    const decode = argumentsOf(sglang, "decode").join(" ");
    expect(prefill).toContain("--tp-size 8");
    expect(prefill).toContain("--disaggregation-mode prefill");
    expect(prefill).not.toContain("--nnodes");
    expect(prefill).not.toContain("--cuda-graph-max-bs-decode");
    expect(decode).toContain("--tp-size 16 --dp-size 16 --enable-dp-attention");
    expect(decode).toContain("--nnodes 2 --dist-init-addr 10.0.0.1:20000 --node-rank 1");
    expect(decode).toContain("--disaggregation-mode decode");
  });

  it("share a node without sharing an accelerator or a port", () => {
    const text = (path: string) => kitOf(SHARED_NODE).files.find((file) => file.path === path)?.text ?? "";
    expect(text("prefill/serve/env")).not.toContain("CUDA_VISIBLE_DEVICES");
    expect(text("decode/serve/env")).toContain("CUDA_VISIBLE_DEVICES=4,5,6,7\n");
    expect(text("prefill/serve/env")).toContain("PORT=30000\n");
    expect(text("decode/serve/env")).toContain("PORT=31000\n");
  });

  it.each<[string, KitCase, string, RegExp]>([
    [
      "with an engine that has none",
      change(sglang, { engine: "llama.cpp" }),
      "layout.disaggregated",
      /hands no cache to another server/,
    ],
    ["by Ray", change(vllm, { target: "ray" }), "target", /Ray starts the nodes of one vLLM server/],
    [
      "where one takes MPI, on Kubernetes",
      change(tensorrt, { target: "kubernetes" }),
      "target",
      /an MPI operator/,
    ],
    ["where one takes MPI, by compose", change(tensorrt, { target: "compose" }), "target", /take shell/],
    [
      "that fill no whole nodes",
      change(sglang, { cluster: { ...sglang.plan.cluster, acceleratorsPerNode: 6 } }),
      "layout.disaggregated",
      /do not fill whole nodes of 6/,
    ],
  ])("are refused %s", (_, kitCase, path, problem) => {
    const result = compileCase(kitCase);
    expect(result).toMatchObject({ ok: false, error: { path } });
    if (!result.ok) expect(result.error.problem).toMatch(problem);
  });

  function change(kitCase: KitCase, plan: Partial<KitCase["plan"]>): KitCase {
    return { ...kitCase, plan: { ...kitCase.plan, ...plan } };
  }
});

describe("proxy.py", () => {
  const open: Server[] = [];
  const folder = mkdtempSync(join(tmpdir(), "fathom-proxy-"));
  const stop: (() => void)[] = [];
  afterEach(() => {
    stop.splice(0).forEach((end) => end());
    open.splice(0).forEach((server) => server.close());
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  type Asked = Readonly<Record<string, unknown>>;
  async function server(answer: (asked: Asked) => readonly [status: number, body: string]) {
    const asked: Asked[] = [];
    const made = createServer((request, response) => {
      let text = "";
      request.on("data", (part: Buffer) => (text += part.toString()));
      request.on("end", () => {
        if (request.method === "GET") return response.end("{}");
        const body = JSON.parse(text) as Asked;
        asked.push(body);
        const [status, content] = answer(body);
        response.writeHead(status, { "Content-Type": "text/event-stream" });
        return response.end(content);
      });
    });
    open.push(made);
    await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
    return { asked, url: `http://127.0.0.1:${(made.address() as AddressInfo).port}` };
  }

  async function proxy(prefill: string, decode: string): Promise<string> {
    const path = join(folder, "proxy.py");
    writeFileSync(path, PROXY.text);
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const child = spawn("python3", [path, "--port", String(port), "--prefill", prefill, "--decode", decode]);
    stop.push(() => child.kill());
    const url = `http://127.0.0.1:${port}`;
    for (;;) {
      const up = await fetch(`${url}/health`).catch(() => null);
      if (up) return url;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const post = (url: string, body: unknown) =>
    fetch(`${url}/v1/chat/completions`, { method: "POST", body: JSON.stringify(body) });

  it("lets one server read the prompt, and hands what it says of its cache to the other", async () => {
    const prefill = await server(() => [
      200,
      JSON.stringify({ kv_transfer_params: { remote_host: "p", remote_port: 5600 } }),
    ]);
    const decode = await server(() => [200, "data: one\n\ndata: [DONE]\n\n"]);
    const url = await proxy(prefill.url, decode.url);
    const question = {
      model: "m",
      max_tokens: 64,
      stream: true,
      stream_options: { include_usage: true },
      min_tokens: 4,
    };
    const answer = await post(url, question);
    expect(await answer.text()).toBe("data: one\n\ndata: [DONE]\n\n");
    expect(prefill.asked[0]).toMatchObject({
      max_tokens: 1,
      stream: false,
      kv_transfer_params: { do_remote_decode: true },
    });
    expect(Object.keys(prefill.asked[0] ?? {})).not.toContain("min_tokens");
    expect(decode.asked[0]).toEqual({
      ...question,
      kv_transfer_params: { remote_host: "p", remote_port: 5600 },
    });
  });

  it("passes a refusal on as it came, and asks no decode server", async () => {
    const prefill = await server(() => [400, '{"error":"too long"}']);
    const decode = await server(() => [200, "{}"]);
    const answer = await post(await proxy(prefill.url, decode.url), { model: "m" });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toBe('{"error":"too long"}');
    expect(decode.asked).toEqual([]);
  });

  it("says which server is missing", async () => {
    const prefill = await server(() => [200, "{}"]);
    const url = await proxy(prefill.url, "http://127.0.0.1:9");
    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(503);
    expect(await health.text()).toContain("http://127.0.0.1:9");
  });
});
