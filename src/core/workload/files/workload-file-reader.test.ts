import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WorkloadFileOptions, WorkloadFileSummary } from "../../domain/workload-file.ts";
import { Random } from "../random.ts";
import { checkLengths } from "../distributions.ts";
import { WorkloadFileReader } from "./workload-file-reader.ts";

/** One token a character keeps lengths easy to check by eye. */
const encode = (text: string) => Array.from(text, (letter) => letter.codePointAt(0) ?? 0);

function read(text: string, name = "", options: WorkloadFileOptions = {}, chunk = 7919): WorkloadFileSummary {
  const reader = new WorkloadFileReader(encode, name, options);
  for (let at = 0; at < text.length; at += chunk) reader.push(text.slice(at, at + chunk));
  return reader.end();
}
const lines = (...values: unknown[]) => values.map((value) => JSON.stringify(value)).join("\n") + "\n";
const means = ({ input, output }: WorkloadFileSummary) => [input?.mean ?? null, output?.mean ?? null];

describe("what is read", () => {
  it("takes OpenAI's chat requests with their answers, the template's marks counted", () => {
    const messages = [
      { role: "system", content: "abcd" },
      {
        role: "user",
        content: [
          { type: "text", text: "hi" },
          { type: "image_url", image_url: {} },
        ],
      },
    ];
    const choices = [{ message: { role: "assistant", content: "hello" } }];
    const summary = read(lines({ messages, response: { choices, usage: { completion_tokens: 99 } } }));
    expect(summary).toMatchObject({ format: "json-lines", shapes: { "openai-chat": 1 }, requests: 1 });
    // begin, abcd, user, hi, assistant; hello and end
    expect(means(summary)).toEqual([1 + 4 + 1 + 2 + 1, 6]);
    expect(summary.tokenizer).toEqual({ countedTokens: 15, templateTokens: 4, roughCuts: 0 });
    expect(summary.notes.join()).toContain("images");
  });

  it("takes OpenAI's batch files: requests, and answers whose prompts are elsewhere", () => {
    const asked = {
      custom_id: "1",
      method: "POST",
      url: "/v1/chat/completions",
      body: { messages: [{ role: "user", content: "abc" }] },
    };
    const usage = { prompt_tokens: 50, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 20 } };
    const answered = {
      custom_id: "2",
      response: {
        status_code: 200,
        body: { created: 1_700_000_000, choices: [{ message: { content: "xy" } }], usage },
      },
    };
    const summary = read(lines(asked, answered));
    expect(summary.shapes).toEqual({ "openai-batch": 2 });
    expect([summary.input?.max, summary.input?.tokens]).toEqual([50, 56]);
    expect(summary.output).toMatchObject({ requests: 1, max: 3 });
    expect(summary.prefix?.reportedHitShare).toBe(0.4);
  });

  it("takes ShareGPT: every answer is a request with all before it", () => {
    const conversations = [
      { from: "human", value: "aaa" },
      { from: "gpt", value: "bb" },
      { from: "human", value: "c" },
      { from: "gpt", value: "dddd" },
    ];
    const summary = read(JSON.stringify([{ id: "x", conversations }], null, 2), "sharegpt.json");
    expect(summary).toMatchObject({ format: "json", shapes: { conversation: 1 }, requests: 2 });
    // begin user aaa assistant | bb end || + bb end user c assistant | dddd end
    expect([summary.input?.max, summary.input?.tokens]).toEqual([12, 6 + 12]);
    expect([summary.output?.max, summary.output?.tokens]).toEqual([5, 3 + 5]);
  });

  it("takes Anthropic's messages, tools and all, and adds the cached tokens that its usage leaves out", () => {
    const record = {
      system: [{ type: "text", text: "ss" }],
      messages: [
        { role: "user", content: "q" },
        {
          role: "assistant",
          content: [
            { type: "text", text: "let me" },
            { type: "tool_use", name: "f", input: { a: 1 } },
          ],
        },
        { role: "user", content: [{ type: "tool_result", content: [{ type: "text", text: "42" }] }] },
      ],
      response: {
        type: "message",
        content: [{ type: "text", text: "done" }],
        usage: { input_tokens: 3, cache_read_input_tokens: 9, output_tokens: 2 },
      },
    };
    const summary = read(lines(record));
    expect(summary.shapes).toEqual({ anthropic: 1 });
    expect(summary.output?.mean).toBe(5);
    expect(summary.input?.mean).toBeGreaterThan(30);
  });

  it.each([
    [{ prompt: "abc", completion: "de" }, [6, 3]],
    [{ instruction: "abc", input: "de", output: "f" }, [9, 2]],
    [{ question: "abc", answer: "de" }, [6, 3]],
    [{ text: "abcdef" }, [9, null]],
    [{ input: { messages: [{ role: "user", content: "abc" }] }, output: { content: "de" } }, [6, 3]],
    [
      { request: { messages: [{ role: "user", content: "abc" }] }, response: { choices: [{ text: "de" }] } },
      [6, 3],
    ],
    [{ usage: { input_tokens: 5, output_tokens: 6 } }, [5, 6]],
    [{ input_length: 7, output_length: 8, hash_ids: [1], timestamp: 4 }, [7, 8]],
    [{ prompt_len: "12", output_len: "13" }, [12, 13]],
  ])("reads %j", (record, expected) => expect(means(read(lines(record)))).toEqual(expected));

  it("reads prompts as completions where asked", () => {
    expect(means(read(lines({ prompt: "abc" }), "", { prompts: "completion" }))[0]).toBe(4);
  });

  it("takes request traces as CSV, whatever the columns are called", () => {
    const rows = [
      "TIMESTAMP,ContextTokens,GeneratedTokens",
      "2023-11-16 18:15:46.6805900,374,44",
      "2023-11-16 18:15:50.9951690,396,109",
    ];
    const summary = read(rows.join("\r\n"), "azure.csv");
    expect(summary).toMatchObject({ format: "csv", requests: 2, skipped: { count: 0 } });
    expect(means(summary)).toEqual([385, 76.5]);
    expect(summary.arrivals?.requestsPerSecond).toBeCloseTo(1 / 4.314579, 6);
    expect(summary.arrivals).toMatchObject({ calendar: true });
    expect(summary.arrivals?.byHour[18]).toBeGreaterThan(0);
  });

  it("takes quoted cells over several lines and counts the lines on", () => {
    const text = 'prompt;answer\n"a ""b""\nc";de\nonly one\nx;y\n';
    const summary = read(text, "", {}, 3);
    expect(summary.requests).toBe(2);
    expect(summary.input?.max).toBe(3 + 7);
    expect(summary.skipped.first).toEqual([{ line: 4, problem: "1 columns where the first line has 2" }]);
  });

  it("takes server metrics over time, rows that sum up requests, and gauges", () => {
    const summed = read(
      "time,requests,prompt_tokens,completion_tokens\n1700000000,10,1000,200\n1700000060,30,6000,300\n",
    );
    expect(summed).toMatchObject({
      requests: 40,
      input: { mean: 175, tokens: 7000 },
      output: { mean: 12.5 },
    });
    const gauges = read("timestamp,running\n1700000000,4\n1700000010,8\n", "m.csv");
    expect(gauges.concurrency).toMatchObject({ basis: "gauges", mean: 6, peak: 8 });
    expect(gauges.suggestion).toEqual({ concurrency: 6 });
  });

  it("takes vLLM's log: prompts, times, answers, and what it says of itself", () => {
    const log = [
      "INFO 10-01 18:43:20 api_server.py:528] vLLM API server version 0.6.2",
      "INFO 10-01 18:43:27 logger.py:36] Received request cmpl-a-0: prompt: 'How\\'s \\u4e2d?', params: SamplingParams(n=1, stop=[]), prompt_token_ids: [0, 5, 6], lora_request: None.",
      'INFO 10-01 18:43:28 logger.py:36] Received request cmpl-b-0: prompt: "it\'s\\n", params: SamplingParams(n=1), prompt_token_ids: None, lora_request: None.',
      "INFO 10-01 18:43:29 metrics.py:351] Avg prompt throughput: 8.1 tokens/s, Avg generation throughput: 4.6 tokens/s, Running: 2 reqs, Swapped: 0 reqs, Waiting: 0 reqs, GPU KV cache usage: 0.0%, Prefix cache hit rate: 30.5%",
      "INFO 10-01 18:43:31 [logger.py:66] Generated response cmpl-a-0: output: 'ok then', output_token_ids: [9, 8, 7, 1], finish_reason: stop",
      "INFO 10-01 18:43:33 async_llm_engine.py:142] Finished request cmpl-b-0.",
    ].join("\n");
    const summary = read(log, "server.log", {}, 11);
    expect(summary).toMatchObject({ format: "vllm-log", requests: 2, shapes: { "vllm-request": 2 } });
    expect([summary.input?.tokens, summary.output?.tokens]).toEqual([3 + 6, 4]);
    expect(summary.arrivals?.requestsPerSecond).toBe(1);
    expect(summary.concurrency).toMatchObject({ basis: "intervals", peak: 2, mean: 9 / 6 });
    expect(summary.prefix?.reportedHitShare).toBe(0.305);
  });

  it("takes SGLang's log: finished requests with the server's own counts, and batches", () => {
    const log = [
      "[2025-08-04 11:51:40] server_args=ServerArgs(model_path='x')",
      "[2025-08-04 11:51:41] Receive: obj=GenerateReqInput(text='hello', input_ids=None, rid='r1')",
      "[2025-08-04 11:51:45] Finish: obj=GenerateReqInput(text='hello', rid='r1'), out={'text': 'a', 'meta_info': {'id': 'r1', 'prompt_tokens': 40, 'completion_tokens': 8, 'cached_tokens': 10, 'e2e_latency': 4.0}}",
      "[2025-08-04 11:51:47] Finish: obj=GenerateReqInput(text=None, input_ids=[1, 2, 3], rid='r2'), out={'text': 'b', 'meta_info': {'id': 'r2', 'prompt_tokens': 3, 'completion_tokens': 2, 'cached_tokens': 0, 'e2e_latency': 4.0}}",
      "[2025-08-04 11:51:47 TP0] Decode batch. #running-req: 5, #token: 3000, token usage: 0.02, gen throughput (token/s): 300.12, #queue-req: 0",
    ].join("\n");
    const summary = read(log);
    expect(summary).toMatchObject({ format: "sglang-log", requests: 2 });
    expect([summary.input?.tokens, summary.output?.tokens]).toEqual([43, 10]);
    expect(summary.prefix?.reportedHitShare).toBeCloseTo(10 / 43, 9);
    expect(summary.concurrency).toMatchObject({ basis: "intervals", peak: 2 });
    expect(summary.arrivals?.endMs).toBe(Date.UTC(2025, 7, 4, 11, 51, 43));
  });

  it("takes a page of metrics: histograms of lengths", () => {
    const page = [
      "# TYPE vllm:request_prompt_tokens histogram",
      'vllm:request_prompt_tokens_bucket{le="100.0",model_name="m"} 50',
      'vllm:request_prompt_tokens_bucket{le="1000.0",model_name="m"} 100',
      'vllm:request_prompt_tokens_bucket{le="+Inf",model_name="m"} 100',
      'vllm:request_prompt_tokens_sum{model_name="m"} 40000',
      'vllm:request_prompt_tokens_count{model_name="m"} 100',
      'vllm:num_requests_running{model_name="m"} 7',
    ].join("\n");
    const summary = read(page);
    expect(summary).toMatchObject({
      format: "prometheus",
      requests: 100,
      input: { mean: 400, requests: 100 },
    });
    expect(summary.input?.p50).toBeGreaterThan(98);
    expect(summary.input?.p50).toBeLessThan(110);
    expect(summary.suggestion).toEqual({ inputTokens: 400, concurrency: 7 });
  });

  it("takes a text as one prompt, and cuts a long one only where tokens end", () => {
    const text = "Averages hide what sizes a cluster. ".repeat(10_000);
    expect(read(text, "a.md")).toMatchObject({
      format: "text",
      requests: 1,
      tokenizer: { roughCuts: 0 },
      input: { mean: text.length + 3 },
    });
    expect(read("x".repeat(3_000_000))).toMatchObject({ format: "text", tokenizer: { roughCuts: 2 } });
  });
});

describe("what goes wrong", () => {
  it("counts malformed lines by number and keeps the rest", () => {
    const text = '{"prompt":"a"}\n{"prompt":\n\n{"nothing":1}\n[1,2]\n{"prompt":"bb"}\n"';
    const summary = read(text, "x.jsonl");
    expect([summary.requests, summary.skipped.count]).toEqual([2, 4]);
    expect(summary.skipped.first.map(({ line }) => line)).toEqual([2, 4, 5, 7]);
    expect(summary.skipped.first[1]?.problem).toBe("no messages, text or token counts in it");
  });

  it.each([
    ["", "empty"],
    [" \n\t\r\n", "empty"],
    ["\u0000\u0001PK\u0003", "binary"],
    ["\u001f\ufffd\b".repeat(400), "binary"],
    ["\ufeff", "empty"],
  ])("calls %j %s", (text, format) => {
    const summary = read(text);
    expect(summary).toMatchObject({ format, requests: 0, input: null, suggestion: {} });
    expect(summary.skipped.count).toBe(format === "binary" ? 1 : 0);
  });

  it("leaves out a line longer than the limit and reads on", () => {
    const huge = `{"prompt":"${"a".repeat(17_000_000)}"}\n{"prompt":"b"}\n`;
    const summary = read(huge, "x.jsonl", {}, 1 << 20);
    expect([summary.requests, summary.skipped.count, summary.input?.max]).toEqual([1, 1, 4]);
  });

  it("is not moved by prototype keys, deep nesting and absurd numbers", () => {
    const text = [
      '{"__proto__":{"prompt":"evil"},"constructor":"x"}',
      '{"prompt":"a","__proto__":{"polluted":true}}',
      `{"messages":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
      `${'{"input":'.repeat(5000)}1${"}".repeat(5000)}`,
      '{"input_tokens":1e308,"output_tokens":-5}',
      '{"input_tokens":5,"output_tokens":5,"timestamp":1e300}',
      '{"messages":[{"role":"toString","content":"x"}]}',
    ].join("\n");
    const summary = read(text, "x.jsonl");
    expect([summary.requests, summary.skipped.count]).toEqual([2, 5]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("says where a JSON list breaks off and keeps what stands before", () => {
    const summary = read('[\n {"prompt":"a"},\n {"prompt":"b"},\n {"prompt":"c', "x.json");
    expect([summary.requests, summary.skipped.first]).toEqual([
      2,
      [{ line: 4, problem: "the file ends inside a value" }],
    ]);
  });

  it("gives up a quote that never closes and keeps the rows after it", () => {
    const summary = read('prompt,answer\n"never closed,a\nb,c\nd,e\n', "x.csv");
    expect([summary.requests, summary.skipped.count]).toEqual([2, 1]);
  });

  const piece = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.constantFrom(
      "\n",
      '"',
      "{",
      "}",
      "[",
      "]",
      ",",
      "\\",
      "'",
      "\ufeff",
      "Received request a: prompt: '",
      "Finish: obj=GenerateReqInput(",
      "out={",
      '{"messages":[',
      '{"role":"user","content":"x"}',
      "timestamp,input_tokens\n",
      "1,2\n",
      'vllm:request_prompt_tokens_bucket{le="1"} 2\n',
      "prompt_token_ids: [1, 2",
    ),
  );
  it("never throws, gives sound sums, and does not see where chunks are cut", () => {
    const names = fc.constantFrom("", "a.csv", "a.jsonl", "a.json", "a.log", "a.md");
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        names,
        fc.integer({ min: 1, max: 40 }),
        (pieces, name, chunk) => {
          const text = pieces.join("");
          const summary = read(text, name, {}, chunk);
          expect(summary).toEqual(read(text, name, {}, 1e9));
          for (const side of [summary.input, summary.output]) {
            if (!side) continue;
            expect(side.p50).toBeLessThanOrEqual(side.max);
            expect(side.histogram.reduce((sum, { count }) => sum + count, 0)).toBeCloseTo(side.requests, 6);
          }
          expect(JSON.stringify(summary)).not.toContain("null,null,null,null");
          expect(summary.skipped.first.every(({ line }) => line >= 1 && line <= summary.lines + 1)).toBe(
            true,
          );
        },
      ),
      { numRuns: 1500 },
    );
  });

  it("finds every request of a mixed file, whatever stands between them", () => {
    const good = fc.record({
      prompt: fc.string({ minLength: 1, maxLength: 20 }),
      completion: fc.string({ maxLength: 20 }),
    });
    const bad = fc.constantFrom("{", "nonsense", '{"x":1}', "[", "null", '"');
    fc.assert(
      fc.property(fc.array(fc.oneof(good, bad), { maxLength: 40 }), (rows) => {
        const text = rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n");
        const summary = read(text, "a.jsonl");
        const goods = rows.filter((row) => typeof row !== "string").length;
        expect([summary.requests, summary.skipped.count]).toEqual([goods, rows.length - goods]);
      }),
    );
  });
});

describe("what is learned", () => {
  it("finds Poisson arrivals Poisson, their rate and lengths, and lengths that go together", () => {
    const random = Random.fromSeed(7);
    let at = 1_700_000_000;
    const rows = Array.from({ length: 20_000 }, () => {
      at -= Math.log(1 - random.uniform()) / 5;
      const input = Math.round(Math.exp(6 + random.normal()));
      return `${at.toFixed(4)},${input},${Math.round(input / 4 + 50 * random.uniform())},${(at + 8).toFixed(4)}`;
    });
    const summary = read(["timestamp,prompt_tokens,completion_tokens,end_time", ...rows].join("\n"));
    expect(summary.arrivals?.requestsPerSecond).toBeCloseTo(5, 0);
    expect(summary.arrivals?.gapVariation).toBeCloseTo(1, 1);
    expect(Math.abs((summary.arrivals?.dispersion ?? 0) - 1)).toBeLessThan(0.15);
    expect(summary.concurrency?.mean).toBeCloseTo(5 * 8, -0.5);
    expect(summary.joint?.rankCorrelation).toBeGreaterThan(0.9);
    expect(summary.joint && checkLengths({ kind: "joint", ...summary.joint }, "lengths")).toBeNull();
    expect(summary.input?.p50).toBeCloseTo(Math.exp(6), -2);
    expect(summary.suggestion.inputTokens).toBe(Math.round(summary.input?.mean ?? 0));
  });

  it("hands on a trace in order of time, from zero", () => {
    const reader = new WorkloadFileReader(encode, "t.csv");
    reader.push("time,input_tokens,output_tokens\n1700000002,5,0\n1700000000,7,8\n,9,9\n");
    reader.end();
    expect(reader.trace()).toEqual({
      atMs: Float64Array.of(0, 2000),
      inputTokens: Float64Array.of(7, 5),
      outputTokens: Float64Array.of(8, 0),
      stride: 1,
    });
  });

  it("takes the busiest hour of a day, not its mean", () => {
    const rows: string[] = [];
    for (let hour = 0; hour < 24; hour++) {
      const count = hour === 14 ? 3600 : 360;
      for (let i = 0; i < count; i++) rows.push(`${1_700_006_400 + hour * 3600 + (i * 3600) / count},100,10`);
    }
    const { arrivals, suggestion } = read(["time,input_tokens,output_tokens", ...rows].join("\n"));
    expect(arrivals?.peakHourRequestsPerSecond).toBeCloseTo(1, 1);
    expect(arrivals?.requestsPerSecond).toBeCloseTo((23 * 360 + 3600) / 86_400, 2);
    expect(suggestion.requestsPerSecond).toBe(Number(arrivals?.peakHourRequestsPerSecond.toPrecision(4)));
    const busiest = arrivals?.byHour.indexOf(Math.max(...arrivals.byHour));
    expect(busiest).toBe((Math.floor(1_700_006_400 / 3600) + 14) % 24);
  });

  it("measures what a prefix cache would find, by blocks", () => {
    const system = "s".repeat(1000);
    const records = Array.from({ length: 50 }, (_, i) => ({
      messages: [
        { role: "system", content: system },
        { role: "user", content: `${i}`.padStart(100, "q") },
      ],
    }));
    const { prefix, input } = read(lines(...records));
    const prompt = input?.mean ?? 0;
    const share = (block: number) =>
      prefix?.byBlock.find(({ blockTokens }) => blockTokens === block)?.hitShare ?? 0;
    // 1 + 1000 + 1 tokens and 98 q's are the same in all, in whole blocks of them.
    expect(share(16)).toBeCloseTo(((49 / 50) * (Math.floor(1100 / 16) * 16)) / prompt, 9);
    expect(share(64)).toBeCloseTo(((49 / 50) * (Math.floor(1100 / 64) * 64)) / prompt, 9);
    expect(share(256)).toBeCloseTo(((49 / 50) * (Math.floor(1100 / 256) * 256)) / prompt, 9);
  });

  it("keeps memory bounded and sums exact in a file of millions of rows", () => {
    const reader = new WorkloadFileReader(encode, "big.csv");
    reader.push("timestamp,input_tokens,output_tokens\n");
    for (let block = 0; block < 60; block++) {
      let text = "";
      for (let i = 0; i < 10_000; i++) text += `${1_700_000_000 + block * 10_000 + i},${i},${i % 7}\n`;
      reader.push(text);
    }
    const summary = reader.end();
    expect(summary).toMatchObject({
      requests: 600_000,
      input: { requests: 600_000, mean: 4999.5, max: 9999 },
    });
    expect(Math.abs((summary.input?.p50 ?? 0) - 5000)).toBeLessThan(20);
    expect(summary.arrivals?.buckets.length).toBeLessThanOrEqual(2048);
    expect(summary.arrivals?.gapVariation).toBeCloseTo(0, 6);
    expect(summary.notes.join()).toContain("quantiles are of one request in 2;");
  });
});
