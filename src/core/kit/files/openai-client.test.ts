/** The kit's own client against a server that streams: what it counts is what was sent. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPENAI_CLIENT } from "./openai-client.ts";

const folder = mkdtempSync(join(tmpdir(), "fathom-client-"));
let server: Server;
let open = 0;
let most = 0;
const words: number[] = [];
/** Answers are held until as many wait as the plan has users: a slow machine sends them no less at once. */
const held: (() => void)[] = [];

beforeAll(async () => {
  writeFileSync(join(folder, "client.py"), OPENAI_CLIENT.text);
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      const { max_tokens: tokens, messages } = JSON.parse(body) as {
        max_tokens: number;
        messages: { content: string }[];
      };
      const count = messages[0]?.content.split(" ").length ?? 0;
      words.push(count);
      most = Math.max(most, (open += 1));
      const send = (event: unknown) => response.write(`data: ${JSON.stringify(event)}\n\n`);
      held.push(() => {
        for (let i = 0; i < tokens; i += 1) send({ choices: [{ delta: { content: "x" } }] });
        // Two tokens a word: prompts must come out half as many words.
        send({ choices: [], usage: { prompt_tokens: 2 * count, completion_tokens: tokens } });
        response.end("data: [DONE]\n\n");
        open -= 1;
      });
      // The first request looks how many tokens a word has, alone.
      if (held.length === (words.length === 1 ? 1 : 4)) {
        const answers = held.splice(0);
        setTimeout(() => answers.forEach((answer) => answer()), 30);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("client.py", () => {
  it("keeps the concurrency, the lengths and the count of the plan", async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const result = join(folder, "result.json");
    const options = "--model m --input-tokens 100 --output-tokens 16 --requests 12 --concurrency 4".split(
      " ",
    );
    const child = spawn("python3", [join(folder, "client.py"), "--url", url, ...options, "--result", result]);
    const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
    expect(status).toBe(0);
    expect(most).toBe(4);
    expect(words.slice(1)).toEqual(Array.from({ length: 12 }, () => 50));
    const row = JSON.parse(readFileSync(result, "utf8")) as Record<string, number>;
    expect(row).toMatchObject({
      completed: 12,
      failed: 0,
      total_output_tokens: 192,
      total_input_tokens: 1200,
    });
    expect(row["mean_ttft_ms"]).toBeGreaterThanOrEqual(29);
    expect(row["output_throughput"]).toBeCloseTo(192 / (row["duration"] ?? 0), 6);
  });
});
