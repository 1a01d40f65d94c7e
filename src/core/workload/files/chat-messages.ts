/** Messages as OpenAI, Anthropic and ShareGPT write them, in the one form of the chat template. */
import type { ChatMessage } from "./chat-template.ts";
import { isFields, own, type Fields } from "./read-fields.ts";

const ROLES: Readonly<Record<string, ChatMessage["role"]>> = {
  system: "system",
  developer: "system",
  user: "user",
  human: "user",
  prompter: "user",
  assistant: "assistant",
  gpt: "assistant",
  chatgpt: "assistant",
  bot: "assistant",
  model: "assistant",
  bing: "assistant",
  bard: "assistant",
  tool: "tool",
  function: "tool",
  observation: "tool",
};

export interface ReadMessages {
  readonly messages: readonly ChatMessage[];
  /** Images, sound, documents: parts that are no text. */
  readonly otherParts: number;
}

/** Undefined where it is no list of messages; a message that makes no sense makes the whole record none. */
export function readMessages(value: unknown): ReadMessages | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const messages: ChatMessage[] = [];
  let otherParts = 0;
  for (const item of value as readonly unknown[]) {
    if (!isFields(item)) return undefined;
    const name = own(item, "role") ?? own(item, "from");
    const role = typeof name === "string" && Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;
    if (role === undefined) return undefined;
    const content = own(item, "content") ?? own(item, "value") ?? own(item, "text");
    const read = readContent(content);
    if (read === undefined) return undefined;
    otherParts += read.otherParts;
    for (const output of read.toolOutputs) messages.push({ role: "tool", content: output });
    const calls = [...read.calls, ...readCalls(own(item, "tool_calls"))];
    if (calls.length > 0) {
      if (read.text) messages.push({ role: "assistant", content: read.text });
      messages.push({ role: "assistant", content: null, toolCalls: calls });
    } else if (read.toolOutputs.length === 0 || read.text !== "") messages.push({ role, content: read.text });
  }
  return { messages, otherParts };
}

interface ReadContent {
  text: string;
  otherParts: number;
  toolOutputs: string[];
  calls: { name: string; arguments: string }[];
}

/** A string, or a list of parts; null is an empty one. */
export function readContent(value: unknown): ReadContent | undefined {
  const read: ReadContent = { text: "", otherParts: 0, toolOutputs: [], calls: [] };
  if (value === null || value === undefined) return read;
  if (typeof value === "string") return { ...read, text: value };
  if (!Array.isArray(value)) return undefined;
  for (const part of value as readonly unknown[]) {
    if (typeof part === "string") read.text += part;
    else if (isFields(part)) addPart(read, part);
    else return undefined;
  }
  return read;
}

function addPart(read: ReadContent, part: Fields): void {
  const text = own(part, "text");
  const type = own(part, "type");
  if (typeof text === "string") read.text += text;
  else if (type === "thinking") return;
  else if (type === "tool_use") {
    read.calls.push({ name: String(own(part, "name")), arguments: asText(own(part, "input") ?? {}) });
  } else if (type === "tool_result") read.toolOutputs.push(resultText(own(part, "content")));
  else read.otherParts++;
}

/** One level deep: results of tools hold parts, parts hold no results. */
function resultText(value: unknown): string {
  if (!Array.isArray(value)) return asText(value);
  const texts = (value as readonly unknown[]).map((part) =>
    isFields(part) && typeof own(part, "text") === "string" ? own(part, "text") : "",
  );
  return texts.join("");
}

function readCalls(value: unknown): { name: string; arguments: string }[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly unknown[]).flatMap((call) => {
    const inner = isFields(call) ? own(call, "function") : undefined;
    if (!isFields(inner)) return [];
    return [{ name: asText(own(inner, "name")), arguments: asText(own(inner, "arguments")) }];
  });
}

/** Nesting that no tool has would overflow the stack. */
export function asText(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}
