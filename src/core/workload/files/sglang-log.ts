/** SGLang's log: requests where it logs them (`--log-requests`), and its lines about batches. */
import type { Content, FileParser, FileRecord, RecordSink } from "./file-record.ts";
import { PendingRequests } from "./pending-requests.ts";
import { idsAfter, numberAfter, stringAfter } from "./python-text.ts";
import { asCount, asTime } from "./read-fields.ts";
import { createLines } from "./text-lines.ts";

const STAMP = /\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/;

export function createSglangLog(sink: RecordSink): FileParser {
  const pending = new PendingRequests(sink);
  const lines = createLines({
    problem: (line, problem) => sink.problem(line, problem),
    line: (text, line) => {
      const finish = text.indexOf("Finish: obj=GenerateReqInput(");
      const receive = text.indexOf("Receive: obj=GenerateReqInput(");
      if (finish >= 0) takeFinish(text, finish, line, sink, pending);
      else if (receive >= 0) takeReceive(text, receive, line, pending);
      else if (text.includes("Prefill batch") || text.includes("Decode batch")) takeBatch(text, line, sink);
    },
  });
  return {
    push: (text) => lines.push(text),
    end: () => {
      lines.end();
      pending.end();
    },
  };
}

function stampOf(text: string): number | undefined {
  return asTime(STAMP.exec(text.slice(0, 200))?.[1]);
}

function inputOf(text: string, from: number, to: number): Content | null {
  const object = text.slice(from, to);
  const ids = idsAfter(object, "input_ids=");
  if (ids) return { kind: "ids", ids };
  const prompt = stringAfter(object, "text=");
  return prompt === undefined ? null : { kind: "rendered", text: prompt };
}

function takeReceive(text: string, from: number, line: number, pending: PendingRequests): void {
  const id = stringAfter(text, "rid=", from);
  const at = stampOf(text);
  const input = inputOf(text, from, text.length);
  if (id === undefined) return;
  const record: FileRecord = { kind: "request", shape: "sglang-request", input, output: null };
  pending.add(id, { ...record, ...(at !== undefined && { atMs: at }) }, line);
}

/** The line that ends a request says everything; the prompt's length is the server's own count. */
function takeFinish(
  text: string,
  from: number,
  line: number,
  sink: RecordSink,
  pending: PendingRequests,
): void {
  const outAt = text.lastIndexOf("out={");
  if (outAt < from) return sink.problem(line, "a finished request without its outcome");
  const id = stringAfter(text.slice(from, outAt), "rid=") ?? stringAfter(text, "'id':", outAt);
  const endMs = stampOf(text);
  const prompt = asCount(numberAfter(text, "'prompt_tokens':", outAt));
  const output = asCount(numberAfter(text, "'completion_tokens':", outAt));
  const cached = asCount(numberAfter(text, "'cached_tokens':", outAt));
  const seconds = numberAfter(text, "'e2e_latency':", outAt);
  const received = asTime(numberAfter(text, "received_time=", from));
  const started =
    received ?? (endMs !== undefined && seconds !== undefined ? endMs - seconds * 1e3 : undefined);
  const known = inputOf(text, from, outAt);
  const input =
    known?.kind === "ids" || prompt === undefined ? known : ({ kind: "count", tokens: prompt } as const);
  const record: FileRecord = {
    kind: "request",
    shape: "sglang-request",
    input,
    output: output === undefined ? null : { kind: "count", tokens: output },
    ...(started !== undefined && { atMs: started }),
    ...(endMs !== undefined && { endMs }),
    ...(cached !== undefined && { cachedTokens: cached }),
  };
  if (id === undefined || !pending.has(id)) return sink.record(record, line);
  const { input: own, atMs: _, ...rest } = record;
  pending.finish(id, { ...rest, ...(own !== null && { input: own }) });
}

function takeBatch(text: string, line: number, sink: RecordSink): void {
  const running = numberAfter(text, "#running-req:");
  const atMs = stampOf(text);
  const fresh = numberAfter(text, "#new-token:");
  const cached = numberAfter(text, "#cached-token:");
  sink.record(
    {
      kind: "gauge",
      ...(atMs !== undefined && { atMs }),
      ...(running !== undefined && { running }),
      ...(fresh !== undefined &&
        cached !== undefined && { promptTokens: fresh + cached, cachedTokens: cached }),
    },
    line,
  );
}
