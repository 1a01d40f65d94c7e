/** Kits of two pools: every half and the router as real bash starts them, and the proxy between real servers. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { compileCase, kitOf } from "../fixtures/compile-case.ts";
import { judge, tableOf } from "../fixtures/judge-flags.ts";
import type { KitCase } from "../fixtures/kit-case.ts";
import { POOL_CASES, SHARED_NODE } from "../fixtures/pool-cases.ts";
import { unpackKit } from "../fixtures/unpack-kit.ts";
import { PROXY } from "./proxy.ts";

const [sglang, vllm] = POOL_CASES as [KitCase, KitCase];
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
    expect(readme).toContain("this half takes caches over");
    expect(readme).toContain("`./prefill/preflight.sh`");
    expect(readme).toMatch(/Decode: .*`\.\/decode\/serve\/serve\.sh/);
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
      change(sglang, { engine: "lmdeploy" }),
      "layout.disaggregated",
      /sglang and vllm/,
    ],
    ["on Kubernetes", change(sglang, { target: "kubernetes" }), "target", /from shell or slurm/],
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
