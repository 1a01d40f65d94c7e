/** vLLM's log: requests where it logs them (`--enable-log-requests`), and what it says of itself every ten seconds. */
import type { Content, FileParser, FileRecord, RecordSink } from "./file-record.ts";
import { PendingRequests } from "./pending-requests.ts";
import { idsAfter, readPythonString } from "./python-text.ts";
import { createLines } from "./text-lines.ts";

/** Its lines name no year. A leap year has every day. */
const YEAR = 2024;
const STAMP = /\b(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\b/;
const METRICS =
  /Avg prompt throughput: ([\d.]+) tokens\/s.*?Running: (\d+) reqs?(?:.*?Prefix cache hit rate: (?:GPU: )?([\d.]+)%)?/;

export function createVllmLog(sink: RecordSink): FileParser {
  const pending = new PendingRequests(sink);
  sink.note("vLLM's log names no year and no zone: days count in 2024, hours as written");
  const lines = createLines({
    problem: (line, problem) => sink.problem(line, problem),
    line: (text, line) => {
      const received = text.indexOf("Received request ");
      if (received >= 0) return takeReceived(text, received + 17, line, sink, pending);
      const generated = text.indexOf("Generated response ");
      if (generated >= 0) return takeGenerated(text, generated + 19, pending);
      const finished = /Finished request ([\w-]+)/.exec(text);
      const end = stampOf(text);
      if (finished?.[1]) return pending.finish(finished[1], end === undefined ? {} : { endMs: end });
      const metrics = METRICS.exec(text);
      if (!metrics) return;
      const hit = metrics[3] === undefined ? undefined : Number(metrics[3]) / 100;
      sink.record(
        {
          kind: "gauge",
          running: Number(metrics[2]),
          ...(end !== undefined && { atMs: end }),
          ...(hit !== undefined && hit <= 1 && { hitShare: hit }),
        },
        line,
      );
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

export function stampOf(text: string): number | undefined {
  const found = STAMP.exec(text.slice(0, 200));
  if (!found) return undefined;
  const [month, day, hour, minute, second] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Date.UTC(YEAR, month - 1, day, hour, minute, second);
  return month >= 1 && month <= 12 && Number.isFinite(ms) ? ms : undefined;
}

/** The id ends at the colon; the prompt's ids, where the log has them, are the exact length. */
function takeReceived(
  text: string,
  from: number,
  line: number,
  sink: RecordSink,
  pending: PendingRequests,
): void {
  const id = /^([^\s:]{1,200})\s*:/.exec(text.slice(from, from + 220))?.[1];
  if (id === undefined) return sink.problem(line, "a request without its id");
  const promptAt = text.indexOf("prompt: ", from);
  const prompt = promptAt < 0 ? undefined : readPythonString(text, promptAt + 8);
  const ids = idsAfter(text, "prompt_token_ids:", prompt?.end ?? from);
  const input: Content | null = ids
    ? { kind: "ids", ids }
    : prompt
      ? { kind: "rendered", text: prompt.text }
      : null;
  const at = stampOf(text);
  const record: FileRecord = {
    kind: "request",
    shape: "vllm-request",
    input,
    output: null,
    ...(at !== undefined && { atMs: at }),
  };
  if (input === null) sink.note("some requests were logged without their prompt: only their time is known");
  pending.add(id, record, line);
}

/** Streams log their deltas too; the line that ends one carries the whole answer. */
function takeGenerated(text: string, from: number, pending: PendingRequests): void {
  const id = /^([^\s:]{1,200})/.exec(text.slice(from, from + 220))?.[1];
  const head = text.slice(from, text.indexOf("output:", from));
  if (id === undefined || head.includes("delta")) return;
  const outputAt = text.indexOf("output: ", from);
  const answer = outputAt < 0 ? undefined : readPythonString(text, outputAt + 8);
  const ids = idsAfter(text, "output_token_ids:", answer?.end ?? from);
  const end = stampOf(text);
  const output: Content | null = ids
    ? { kind: "count", tokens: ids.length }
    : answer
      ? { kind: "text", text: answer.text }
      : null;
  pending.finish(id, { output, ...(end !== undefined && { endMs: end }) });
}
