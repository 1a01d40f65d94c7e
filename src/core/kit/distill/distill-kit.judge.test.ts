/** Judge: the kit's scripts by bash, shellcheck and Python, its settings by their readers, its runner by a server. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { catalog, loadEngineFlags, loadStudents } from "../../../planner-data.ts";
import type { Model } from "../../domain/catalog.ts";
import type { DistillPlan } from "../../domain/distill-plan.ts";
import type { Kit } from "../../domain/kit.ts";
import { distillOf } from "../../domain/parse-distill-plan.ts";
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import { evaluateDistill } from "../../model/distill/evaluate-distill.ts";
import { compileDistillKit } from "./compile-distill-kit.ts";

const students = await loadStudents();
const base = distillOf(EXAMPLE_PLAN);

function modelOf(id: string): Model {
  const model = catalog.models.get(id);
  if (model === undefined) throw new Error(`no model ${id}`);
  return model;
}
const teacherModel = modelOf(base.model);

function kitOf(change: (plan: DistillPlan) => DistillPlan = (plan) => plan, contextTokens = 163_840): Kit {
  const plan = change(base);
  const student = students.students.get(plan.student.id);
  const compiled = compileDistillKit({
    plan,
    estimate: evaluateDistill(plan, { model: { catalog, opTables: null }, students }),
    student,
    model: teacherModel,
    teacher: undefined,
    served: { name: "teacher", port: 30000, contextTokens },
    link: "1.AAAA",
  });
  if (!compiled.ok) throw new Error(`${compiled.error.path}: ${compiled.error.problem}`);
  return compiled.value;
}

const withStudent = (change: Partial<DistillPlan["student"]>) => (plan: DistillPlan) => ({
  ...plan,
  student: { ...plan.student, ...change },
});

let folder = "";
let server: Server | undefined;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "fathom-distil-"))));
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

function unpack(kit: Kit): void {
  for (const { path, text } of kit.files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const textOf = (kit: Kit, path: string): string => {
  const file = kit.files.find((one) => one.path === path);
  if (!file) throw new Error(`no ${path}`);
  return file.text;
};

describe("the files of a distillation's kit", () => {
  it.each([
    ["full", {}],
    ["LoRA", { method: "lora", rank: 16, count: 1 }],
    ["QLoRA", { method: "qlora", rank: 8, count: 1, optimizer: "adamw-8bit" }],
  ] as const)("%s: every script passes bash and shellcheck or Python's compiler", (_, change) => {
    const kit = kitOf(withStudent(change));
    unpack(kit);
    for (const { path } of kit.files.filter((file) => file.path.endsWith(".sh"))) {
      expect(spawnSync("bash", ["-n", join(folder, path)], { encoding: "utf8" }).stderr, path).toBe("");
      const checked = spawnSync("shellcheck", ["--severity=style", join(folder, path)], { encoding: "utf8" });
      if (checked.error === undefined) expect(checked.stdout, path).toBe("");
    }
    for (const { path } of kit.files.filter((file) => file.path.endsWith(".py"))) {
      const compiled = spawnSync("python3", ["-m", "py_compile", join(folder, path)], { encoding: "utf8" });
      expect(compiled.stderr, path).toBe("");
    }
  });

  it("trains what the plan says, with keys that LLaMA-Factory reads", () => {
    const full = parse(textOf(kitOf(), "train/train.yaml"), { version: "1.1" }) as Record<string, unknown>;
    expect(full).toMatchObject({
      model_name_or_path: "Qwen/Qwen3-8B",
      finetuning_type: "full",
      template: "qwen3",
      cutoff_len: 8192,
      gradient_accumulation_steps: 4,
      deepspeed: "train/zero3.json",
      disable_gradient_checkpointing: false,
      enable_liger_kernel: true,
    });
    const qlora = parse(textOf(kitOf(withStudent({ method: "qlora", rank: 8 })), "train/train.yaml"), {
      version: "1.1",
    }) as Record<string, unknown>;
    expect(qlora).toMatchObject({
      finetuning_type: "lora",
      lora_rank: 8,
      lora_target: "all",
      quantization_bit: 4,
    });
    expect(qlora).not.toHaveProperty("deepspeed");
  });

  it("asks for no more tokens than the teacher's context leaves beside a long prompt", () => {
    const limitOf = (contextTokens: number) =>
      (
        JSON.parse(
          textOf(
            kitOf(
              (plan) => ({ ...plan, job: { ...plan.job, promptTokens: 512, answerTokens: 4096 } }),
              contextTokens,
            ),
            "settings.json",
          ),
        ) as { teacher: { maxTokens: number } }
      ).teacher.maxTokens;
    expect(limitOf(163_840)).toBe(4 * 4096);
    expect(limitOf(16_384)).toBe(16_384 - 2 * 512);
    expect(limitOf(4608)).toBe(4096);
  });

  it("samples as the teacher's maker does, and says where that is a guess", () => {
    const { temperature } = modelOf("deepseek-r1").sampling;
    expect(temperature).toMatchObject({ value: 0.6, basis: "datasheet", source: "deepseek-ai" });
    expect(JSON.parse(textOf(kitOf(), "settings.json"))).toMatchObject({
      teacher: {
        temperature: teacherModel.sampling.temperature.value,
        topP: teacherModel.sampling.topP.value,
      },
    });
    expect(textOf(kitOf(), "README.md")).toContain("temperature 0.6 and top-p 0.95 (assumed: ");
  });

  const trainOf = (kit: Kit) =>
    parse(textOf(kit, "train/train.yaml"), { version: "1.1" }) as Record<string, unknown>;
  const pathsOf = (kit: Kit) => kit.files.map(({ path }) => path);

  it("shards where the estimate does: a large base under adapters, and no small one", () => {
    const large = withStudent({ id: "r1-distill-llama-70b", method: "lora", rank: 16, count: 8 });
    expect(trainOf(kitOf(large))).toMatchObject({ finetuning_type: "lora", deepspeed: "train/zero3.json" });
    expect(pathsOf(kitOf(large))).toContain("train/zero3.json");
    const small = kitOf(withStudent({ method: "lora", rank: 16, count: 8 }));
    expect(trainOf(small)).not.toHaveProperty("deepspeed");
    expect(pathsOf(small)).not.toContain("train/zero3.json");
  });

  it("trains in 16 bits where the plan says so and LLaMA-Factory can, and says where it cannot", () => {
    const whole = kitOf(withStudent({ count: 1, optimizer: "adamw-bf16" }));
    expect(trainOf(whole)).toMatchObject({ pure_bf16: true });
    expect(trainOf(whole)).not.toHaveProperty("bf16");
    expect(whole.unsupported.map(({ path }) => path)).not.toContain("student.optimizer");
    const sharded = kitOf(withStudent({ count: 8, optimizer: "adamw-bf16" }));
    expect(trainOf(sharded)).toMatchObject({ bf16: true, deepspeed: "train/zero3.json" });
    expect(trainOf(sharded)).not.toHaveProperty("pure_bf16");
    expect(sharded.unsupported.map(({ path }) => path)).toContain("student.optimizer");
    expect(trainOf(kitOf())).toMatchObject({ bf16: true });
    expect(trainOf(kitOf())).not.toHaveProperty("pure_bf16");
  });

  it("makes an importance matrix where the type needs one, asked or not", () => {
    const quantized = (weights: string) =>
      textOf(
        kitOf((plan) => ({ ...plan, edge: { ...plan.edge, weights, imatrix: false } })),
        "export/export.sh",
      );
    expect(quantized("gguf:IQ2_XXS")).toContain("llama-imatrix");
    expect(quantized("gguf:IQ2_XXS")).toContain("--imatrix out/imatrix.gguf");
    expect(quantized("gguf:Q4_K_M")).not.toContain("imatrix");
  });

  it.each([
    ["mistral-7b", "mistral"],
    ["smollm3-3b", "smollm"],
    ["gemma-3-1b", "gemma"],
    ["gemma-3-4b", "gemma3"],
    ["phi-4-mini", "phi4_mini"],
    ["llama-3.2-3b", "llama3"],
    ["r1-distill-llama-8b", "deepseekr1"],
    ["r1-distill-qwen-7b", "deepseekr1"],
  ])("%s is trained and merged in the chat format that LLaMA-Factory calls %s", (id, template) => {
    const kit = kitOf(withStudent({ id, method: "lora", rank: 16, count: 1 }));
    expect(parse(textOf(kit, "train/train.yaml"))).toMatchObject({ template });
    expect(textOf(kit, "export/export.sh")).toMatch(new RegExp(`template=${template}\\b`));
  });

  it("starts llama.cpp with options that its pinned version has", async () => {
    const flags = JSON.stringify(await loadEngineFlags("llama.cpp"));
    const script = textOf(kitOf(), "device/serve.sh");
    const used = [...script.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag);
    expect(used.length).toBeGreaterThan(6);
    for (const flag of used) expect(flags, flag).toContain(`"${flag}"`);
  });

  it("the same plan gives the same bytes; hostile text stays data", () => {
    expect(kitOf().files).toEqual(kitOf().files);
    const hostile = 'x"; rm -rf / #\n`id` $(id) <b>';
    const kit = kitOf((plan) => ({ ...plan, model: hostile }));
    unpack(kit);
    expect((JSON.parse(textOf(kit, "kit.json")) as { plan: DistillPlan }).plan.model).toBe(hostile);
    for (const { path, text } of kit.files.filter((file) => /\.(sh|py|yaml)$/.test(file.path)))
      expect(text, path).not.toContain("rm -rf");
    expect(textOf(kit, "README.md")).not.toContain("<b>");
  });

  it("an imported shape is refused by its field", () => {
    const imported = compileDistillKit({
      plan: base,
      estimate: evaluateDistill(base, { model: { catalog, opTables: null }, students }),
      student: undefined,
      model: teacherModel,
      teacher: undefined,
      served: { name: "teacher", port: 30000, contextTokens: 163_840 },
      link: "1.AAAA",
    });
    expect(imported.ok ? "" : imported.error.path).toBe("student.id");
  });
});

interface Asked {
  readonly model: string;
  readonly seed: number;
  readonly messages: readonly { readonly content: string }[];
}

/** A status; half of the promised answer, then the connection's end; what is no HTTP, then the end. */
type Trouble = number | "half" | "garbage";

function breakOff(request: IncomingMessage, reply: ServerResponse, trouble: "half" | "garbage"): void {
  if (trouble === "garbage") {
    request.socket.end("what is this\r\n\r\n");
    return;
  }
  reply.writeHead(200, { "Content-Type": "application/json", "Content-Length": 1000 });
  reply.write('{"choices": [', () => request.socket.end());
}

const openConnections = () =>
  new Promise<number>((resolve) => server?.getConnections((_, count) => resolve(count)));

/** Answers chat completions; `trouble` may answer a request first. */
async function teach(
  trouble: (asked: Asked, turn: number) => Trouble | undefined = () => undefined,
): Promise<Asked[]> {
  const log: Asked[] = [];
  server = createServer((request, reply) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      const asked = JSON.parse(body) as Asked;
      log.push(asked);
      const status = trouble(asked, log.length) ?? 200;
      if (typeof status !== "number") {
        breakOff(request, reply, status);
        return;
      }
      reply.writeHead(status, { "Content-Type": "application/json" });
      const text = asked.messages[0]?.content ?? "";
      const choice = {
        message: { role: "assistant", content: `the answer is ${text}`, reasoning_content: "let me think" },
        finish_reason: text.includes("long") ? "length" : "stop",
      };
      reply.end(
        JSON.stringify(
          status === 200 ? { choices: [choice], usage: { completion_tokens: 7 } } : { error: "no" },
        ),
      );
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const path = join(folder, "settings.json");
  const settings = JSON.parse(readFileSync(path, "utf8")) as { teacher: Record<string, unknown> };
  Object.assign(settings.teacher, {
    url: `http://127.0.0.1:${port}`,
    backoffSeconds: 0.01,
    concurrency: 4,
    retries: 2,
  });
  writeFileSync(path, JSON.stringify(settings));
  return log;
}

const python = (script: string, ...args: string[]) =>
  new Promise<{ code: number | null; output: string }>((resolve) => {
    const child = spawn("python3", [join(folder, "data", script), ...args]);
    let output = "";
    child.stdout.on("data", (part: Buffer) => (output += part.toString()));
    child.stderr.on("data", (part: Buffer) => (output += part.toString()));
    child.on("close", (code) => resolve({ code, output }));
  });

const linesOf = (name: string): string[] =>
  readFileSync(join(folder, "data", name), "utf8")
    .split("\n")
    .filter((line) => line !== "");

describe("the batch runner, against a server", () => {
  beforeEach(() => {
    unpack(kitOf((plan) => ({ ...plan, job: { ...plan.job, samplesPerPrompt: 2 } })));
    const prompts = Array.from({ length: 30 }, (_, i) => ({
      id: `p${i}`,
      prompt: i === 3 ? "a long one" : `number ${i}`,
    }));
    const rows = prompts.map((row, i) =>
      JSON.stringify(i < 2 ? { ...row, answer: i === 0 ? "number 0" : "42" } : row),
    );
    writeFileSync(join(folder, "data/prompts.jsonl"), `${rows.join("\n")}\n`);
  });

  it("asks every request once, and the filter keeps what holds", async () => {
    const log = await teach();
    expect((await python("make_batch.py")).output).toContain("60 requests");
    const { code, output } = await python("run_batch.py");
    expect(output).toContain("0 were answered before, 60 now, 0 failed");
    expect(code).toBe(0);
    expect(log).toHaveLength(60);
    expect(
      new Set(linesOf("answers.jsonl").map((line) => (JSON.parse(line) as { custom_id: string }).custom_id))
        .size,
    ).toBe(60);
    const filtered = await python("filter.py");
    // Two answers were cut off, two do not hold the answer that their prompt brings.
    expect(filtered.output).toContain("56 of 60 answers kept");
    expect(filtered.output).toContain("cut off: 2");
    expect(filtered.output).toContain("another answer: 2");
    const [first = ""] = linesOf("train.jsonl");
    const { messages } = JSON.parse(first) as { messages: { role: string; content: string }[] };
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
    expect(messages[1]?.content).toMatch(/^<think>\nlet me think\n<\/think>\n\nthe answer is number/);
  });

  it("the filter counts requests that failed, as vLLM's own batch runner writes them, and goes on", async () => {
    await teach();
    await python("make_batch.py");
    await python("run_batch.py");
    const path = join(folder, "data/answers.jsonl");
    const rows = linesOf("answers.jsonl").map((line) => JSON.parse(line) as Record<string, unknown>);
    const failures = [
      null,
      { status_code: 500, body: null },
      { status_code: 400, body: { error: { message: "no" } } },
      { status_code: 200, body: { choices: [] } },
    ];
    const failed = rows.map((row, i) => (i < failures.length ? { ...row, response: failures[i] } : row));
    writeFileSync(path, `${failed.map((row) => JSON.stringify(row)).join("\n")}\n`);
    const { code, output } = await python("filter.py");
    expect(output).toContain("failed: 4");
    expect(code).toBe(0);
    const kept = Number(/^(\d+) of 60 answers kept/m.exec(output)?.[1]);
    expect(linesOf("train.jsonl")).toHaveLength(kept);
    expect(kept).toBeGreaterThanOrEqual(52);
  });

  it("killed in the middle it goes on where it stopped, and a line cut short is asked again", async () => {
    let held: (() => void) | undefined;
    const reached = new Promise<void>((resolve) => (held = resolve));
    const log = await teach((_, turn) => {
      if (turn === 25) held?.();
      return undefined;
    });
    await python("make_batch.py");
    const child = spawn("python3", [join(folder, "data/run_batch.py")]);
    await reached;
    child.kill("SIGKILL");
    await new Promise((resolve) => child.on("close", resolve));
    const path = join(folder, "data/answers.jsonl");
    const whole = linesOf("answers.jsonl");
    writeFileSync(path, `${whole.join("\n")}\n{"custom_id": "p29#1", "resp`);
    const before = whole.filter((line) => line.endsWith("}")).length;
    // What the killed client had sent may still be on its way to the server.
    await expect.poll(openConnections).toBe(0);
    const asked = log.length;
    const { code, output } = await python("run_batch.py");
    expect(code).toBe(0);
    expect(output).toContain(`${before} were answered before, ${60 - before} now, 0 failed`);
    expect(log.length - asked).toBe(60 - before);
    const ids = linesOf("answers.jsonl").map((line) => (JSON.parse(line) as { custom_id: string }).custom_id);
    expect(ids).toHaveLength(60);
    expect(new Set(ids).size).toBe(60);
  });

  it("tries again what passes, and names what does not", async () => {
    const seen = new Map<string, number>();
    await teach((asked) => {
      const key = `${asked.messages[0]?.content} ${asked.seed}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
      if (key === "number 5 0" && seen.get(key) === 1) return 503;
      return key === "number 7 1" ? 400 : undefined;
    });
    await python("make_batch.py");
    const { code, output } = await python("run_batch.py");
    expect(code).toBe(1);
    expect(output).toContain("59 now, 1 failed");
    expect(seen.get("number 5 0")).toBe(2);
    expect(seen.get("number 7 1")).toBe(1);
    expect(linesOf("errors.jsonl")).toHaveLength(1);
  });

  it.each(["half", "garbage"] as const)("an answer that breaks off (%s) is asked again", async (trouble) => {
    const seen = new Map<string, number>();
    await teach((asked) => {
      const key = `${asked.messages[0]?.content} ${asked.seed}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
      if (key === "number 5 0" && seen.get(key) === 1) return trouble;
      return key === "number 7 1" ? trouble : undefined;
    });
    await python("make_batch.py");
    const { code, output } = await python("run_batch.py");
    expect(code).toBe(1);
    expect(output).not.toContain("Traceback");
    expect(output).toContain("59 now, 1 failed");
    expect(seen.get("number 5 0")).toBe(2);
    // Retries of this test's settings: 2.
    expect(seen.get("number 7 1")).toBe(3);
    const [row = ""] = linesOf("errors.jsonl");
    expect(JSON.parse(row)).toMatchObject({ custom_id: "p7#1", error: { code: "connection" } });
  });
});
