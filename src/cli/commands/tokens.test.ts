import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { WorkloadFileSummary } from "../../core/domain/workload-file.ts";
import { WorkloadFileReader } from "../../core/workload/files/workload-file-reader.ts";
import { run } from "../run.ts";
import { loadEncoder } from "../tokenizer.ts";

const folder = mkdtempSync(join(tmpdir(), "fathom-tokens-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function tokens(...args: string[]) {
  const said = { out: "", err: "" };
  const code = await run(["tokens", ...args], {
    stdin: () => Promise.resolve(""),
    stdinLines: async function* () {},
    out: (text) => {
      said.out += text;
      return Promise.resolve();
    },
    err: (text) => {
      said.err += text;
    },
  });
  return { code, ...said };
}

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("fathom tokens", () => {
  it("gives what the reader gives, whole", async () => {
    const text = `{"prompt":"Hello, world!","completion":"Hello!","timestamp":1}\nnonsense\n`.repeat(3000);
    const path = write("a.jsonl", text);
    const { code, out } = await tokens(path, "--json");
    const reader = new WorkloadFileReader(await loadEncoder(), "a.jsonl");
    reader.push(readFileSync(path, "utf8"));
    expect(code).toBe(0);
    const summary = JSON.parse(out) as WorkloadFileSummary;
    expect(summary).toEqual(JSON.parse(JSON.stringify(reader.end())));
    // four tokens and three marks; two tokens and the end
    expect(summary).toMatchObject({
      requests: 3000,
      input: { mean: 7 },
      output: { mean: 3 },
      skipped: { count: 3000 },
    });
  });

  it("says it to people, with the lines that were left out", async () => {
    const { out } = await tokens(write("b.csv", "input_tokens,output_tokens\n1000,10\n3000,x,\n2000,20\n"));
    expect(out).toContain("csv: 2 requests");
    expect(out).toContain("line 3: 3 columns where the first line has 2");
    expect(out).toContain("inputTokens 1500, outputTokens 15");
  });

  it("ends with one line for what it cannot read", async () => {
    expect(await tokens(join(folder, "missing"))).toMatchObject({ code: 2, out: "" });
    expect(await tokens(folder)).toMatchObject({ code: 2 });
    expect(await tokens(write("c.txt", "a"), "--block", "7")).toMatchObject({ code: 2 });
    const binary = await tokens(write("d.bin", new Uint8Array([0, 1, 2, 255])));
    expect([binary.code, binary.out.includes("not text")]).toEqual([0, true]);
    expect((await tokens(write("e.txt", ""))).out).toContain("empty: 0 requests");
  });
});
