/** One JSON value as requests: chat, batch, conversation, prompt and completion, counts. */
import type { RecordShape } from "../../domain/workload-file.ts";
import type { ChatMessage } from "./chat-template.ts";
import { asText, readContent, readMessages } from "./chat-messages.ts";
import { countsOf, momentsOf, type ByRole } from "./count-fields.ts";
import type { Content, FileRecord } from "./file-record.ts";
import { roleOf, type Role } from "./known-names.ts";
import { asCount, asTime, isFields, own, type Fields } from "./read-fields.ts";

/** Wrappers around wrappers end here. */
const DEEPEST = 4;

/** The request in a value, or one line that says why there is none. */
export function recordOf(value: unknown, depth = 0): FileRecord | string {
  if (Array.isArray(value)) {
    const read = readMessages(value);
    return read ? ofMessages(read.messages, read.otherParts, {}, null) : "a list, and not of messages";
  }
  if (typeof value === "string" && value !== "") {
    return { kind: "request", shape: "document", input: { kind: "text", text: value }, output: null };
  }
  if (!isFields(value)) return `${value === null ? "null" : typeof value}, not an object`;
  return ofBatch(value, depth) ?? ofChat(value) ?? ofPair(value, depth) ?? ofText(value) ?? ofCounts(value);
}

/** OpenAI batch lines and request logs: the request in `body` or `request`, the answer in `response`. */
function ofBatch(value: Fields, depth: number): FileRecord | undefined {
  const asked = own(value, "body") ?? own(value, "request");
  const isBatch = own(value, "custom_id") !== undefined || own(value, "body") !== undefined;
  const answer = answerBody(value);
  if (depth >= DEEPEST || (!isFields(asked) && !(isBatch && answer))) return undefined;
  const request = isFields(asked) ? recordOf(asked, depth + 1) : "";
  const base = typeof request === "object" ? request : undefined;
  const output = answer ? answerOf(answer) : null;
  const usage = answer ? usageOf(answer) : {};
  const input = base?.input ?? usage.input ?? null;
  if (input === null && output === null) return undefined;
  const created = answer ? asTime(own(answer, "created")) : undefined;
  const moments = momentsOf(rolesOf(value));
  return {
    ...(base ?? { kind: "request" }),
    shape: isBatch ? "openai-batch" : (base?.shape ?? "openai-chat"),
    input,
    output: output ?? usage.output ?? base?.output ?? null,
    ...(moments.atMs === undefined && created !== undefined ? { atMs: created } : moments),
    ...(usage.cached !== undefined && { cachedTokens: usage.cached }),
  };
}

/** `response.body` in batches, `response` itself in logs. */
function answerBody(value: Fields): Fields | undefined {
  const response = own(value, "response");
  if (!isFields(response)) return undefined;
  const body = own(response, "body");
  return isFields(body) ? body : response;
}

/** A list of messages, with or without its answer beside it. */
function ofChat(value: Fields): FileRecord | undefined {
  const listed = ["messages", "conversations", "conversation", "items", "turns", "chat"]
    .map((name) => readMessages(own(value, name)))
    .find((read) => read !== undefined);
  if (!listed) return undefined;
  const system = readContent(own(value, "system") ?? own(value, "system_prompt"));
  const messages: ChatMessage[] = [...listed.messages];
  if (system !== undefined && system.text !== "") messages.unshift({ role: "system", content: system.text });
  const anthropic = own(value, "system") !== undefined || isAnthropic(own(value, "response"));
  const shape: RecordShape = anthropic
    ? "anthropic"
    : own(value, "messages") === undefined
      ? "conversation"
      : "openai-chat";
  return ofMessages(messages, listed.otherParts, value, shape);
}

function ofMessages(
  messages: readonly ChatMessage[],
  otherParts: number,
  value: Fields,
  shape: RecordShape | null,
): FileRecord {
  const usage = usageOf(value);
  const output = answerOf(value) ?? usage.output ?? null;
  const conversation = output === null && messages.at(-1)?.role === "assistant";
  const tools = own(value, "tools") ?? own(value, "functions");
  return {
    kind: "request",
    shape: shape ?? "conversation",
    input: { kind: "messages", messages },
    output,
    ...(conversation && { conversation }),
    ...momentsOf(rolesOf(value)),
    ...(usage.cached !== undefined && { cachedTokens: usage.cached }),
    ...(Array.isArray(tools) && tools.length > 0 && { tools: true }),
    ...(otherParts > 0 && { otherParts }),
  };
}

/** Traces of tools: `input` and `output` that hold a whole request and a whole answer. */
function ofPair(value: Fields, depth: number): FileRecord | undefined {
  const input = own(value, "input") ?? own(value, "prompt");
  if (depth >= DEEPEST || typeof input !== "object" || input === null) return undefined;
  if (Array.isArray(input) && input.length > 0 && input.every((id) => Number.isInteger(id) && id >= 0)) {
    const ids = { kind: "ids", ids: input as readonly number[] } as const;
    return withMoments(
      { kind: "request", shape: "prompt-completion", input: ids, output: answerOf(value) },
      value,
    );
  }
  const asked = recordOf(input, depth + 1);
  if (typeof asked === "string") return undefined;
  const { conversation: _, ...request } = asked;
  return withMoments({ ...request, output: answerOf(value) }, value);
}

/** Texts under their usual names; several parts of a prompt are joined, as instruction and input. */
function ofText(value: Fields): FileRecord | undefined {
  const parts = [
    "instruction",
    "prompt",
    "question",
    "query",
    "context",
    "input",
    "text",
    "content",
    "document",
  ]
    .map((name) => own(value, name))
    .filter((text): text is string => typeof text === "string" && text !== "");
  if (parts.length === 0) return undefined;
  const output = answerOf(value);
  const usage = usageOf(value);
  const document = output === null && typeof own(value, "prompt") !== "string" && parts.length === 1;
  const record: FileRecord = {
    kind: "request",
    shape: document ? "document" : "prompt-completion",
    input: { kind: "text", text: parts.join("\n") },
    output: output ?? usage.output ?? countOf(rolesOf(value), "outputTokens"),
    ...(usage.cached !== undefined && { cachedTokens: usage.cached }),
  };
  return withMoments(record, value);
}

function ofCounts(value: Fields): FileRecord | string {
  const roles = rolesOf(value);
  const usage = own(value, "usage");
  const merged = isFields(usage) ? new Map([...roles, ...rolesOf(usage)]) : roles;
  const counts = countsOf(merged);
  if (!counts) return "no messages, text or token counts in it";
  // Mooncake's traces count ms from zero, where other relative times are seconds.
  const ticks = own(value, "timestamp");
  const ms =
    Array.isArray(own(value, "hash_ids")) && typeof ticks === "number" && ticks >= 0 ? ticks : undefined;
  return ms === undefined ? counts : { ...counts, atMs: ms };
}

const withMoments = (record: FileRecord, value: Fields): FileRecord => ({
  ...record,
  ...momentsOf(rolesOf(value)),
});

function countOf(roles: ByRole, role: Role): Content | null {
  const tokens = asCount(roles.get(role));
  return tokens === undefined ? null : { kind: "count", tokens };
}

function rolesOf(value: Fields): Map<Role, unknown> {
  const roles = new Map<Role, unknown>();
  for (const name of Object.keys(value).slice(0, 200)) {
    const role = roleOf(name);
    if (role !== undefined && !roles.has(role)) roles.set(role, own(value, name));
  }
  return roles;
}

const isAnthropic = (value: unknown): boolean => isFields(value) && own(value, "type") === "message";

/** The answer's text, wherever it stands. */
function answerOf(value: Fields): Content | null {
  const choices = own(value, "choices");
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  if (isFields(first)) {
    const message = own(first, "message");
    return textOf(isFields(message) ? own(message, "content") : own(first, "text"));
  }
  if (isAnthropic(value)) return textOf(own(value, "content"));
  for (const name of ["completion", "response", "answer", "output", "generated_text", "chosen", "target"]) {
    const answer = own(value, name);
    if (isFields(answer)) {
      const inner = own(answer, "body");
      return answerOf(isFields(inner) ? {} : withoutNesting(answer)) ?? textOf(own(answer, "content"));
    }
    const text = textOf(answer);
    if (text !== null) return text;
  }
  return null;
}

/** One level: an answer inside an answer inside an answer is none. */
const withoutNesting = (answer: Fields): Fields => ({
  ...(own(answer, "choices") !== undefined && { choices: own(answer, "choices") }),
  ...(own(answer, "type") !== undefined && { type: own(answer, "type") }),
  ...(own(answer, "content") !== undefined && { content: own(answer, "content") }),
});

function textOf(value: unknown): Content | null {
  if (typeof value === "string") return { kind: "text", text: value };
  const read = Array.isArray(value) ? readContent(value) : undefined;
  if (!read) return null;
  return { kind: "text", text: read.text + read.calls.map((call) => asText(call)).join("\n") };
}

interface Usage {
  input?: Content;
  output?: Content;
  cached?: number;
}

/** What the server counted, by OpenAI's names or Anthropic's, whose input leaves cached tokens out. */
function usageOf(value: Fields): Usage {
  const response = own(value, "response");
  const inner = own(value, "usage") ?? (isFields(response) ? own(response, "usage") : undefined);
  if (!isFields(inner)) return {};
  const details = own(inner, "prompt_tokens_details");
  const read = asCount(own(inner, "cache_read_input_tokens"));
  const made = asCount(own(inner, "cache_creation_input_tokens")) ?? 0;
  const input = asCount(own(inner, "prompt_tokens") ?? own(inner, "input_tokens"));
  const output = asCount(own(inner, "completion_tokens") ?? own(inner, "output_tokens"));
  const cached = read ?? (isFields(details) ? asCount(own(details, "cached_tokens")) : undefined);
  return {
    ...(input !== undefined && { input: { kind: "count", tokens: input + (read ?? 0) + made } as const }),
    ...(output !== undefined && { output: { kind: "count", tokens: output } as const }),
    ...(cached !== undefined && { cached }),
  };
}
