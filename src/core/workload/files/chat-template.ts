/** A conversation as the model sees it: the chat template of DeepSeek-V3, as token ids. */
import type { EncodeTokens } from "./token-encoder.ts";

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string | null;
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: string }[];
}

/** Marks that no text can spell by accident: each is one token, and text is tokenized apart on its two sides. */
export const MARK = {
  beginOfSentence: 0,
  endOfSentence: 1,
  user: 128803,
  assistant: 128804,
  toolCallsBegin: 128806,
  toolCallsEnd: 128807,
  toolCallBegin: 128808,
  toolCallEnd: 128809,
  toolOutputsBegin: 128810,
  toolOutputsEnd: 128811,
  toolOutputBegin: 128812,
  toolOutputEnd: 128813,
  toolSeparator: 128814,
} as const;

export interface RenderedChat {
  readonly ids: readonly number[];
  /** How many of the ids are marks. */
  readonly marks: number;
}

interface Rendering {
  readonly ids: number[];
  marks: number;
  inTools: boolean;
  anyCall: boolean;
  anyOutput: boolean;
}

/**
 * The prompt of a chat request: begin of sentence, all system messages, the turns, and the assistant's mark.
 *
 * Leaves   out definitions of tools: this template has no place for them.
 * Source   `chat_template` of tokenizer_config.json of deepseek-ai/DeepSeek-V3 (December 2024), its two
 *          peculiarities with several tool calls included; DeepSeek-V3-0324 marks the turns the same way.
 * Anchor   system "You are helpful.", user "Hi": 0 3476 477 11502 16 128803 23166 128804.
 */
export function renderChat(messages: readonly ChatMessage[], encode: EncodeTokens): RenderedChat {
  const chat = startChat(messages, encode);
  for (const message of messages) pushTurn(chat, message, encode);
  return { ids: endPrompt(chat), marks: chat.marks + 1 };
}

/** Begin of sentence and the system prompt, which the template gathers from wherever it stands. */
export function startChat(messages: readonly ChatMessage[], encode: EncodeTokens): Rendering {
  const system = messages.filter(({ role }) => role === "system").map(({ content }) => content ?? "");
  const chat: Rendering = {
    ids: [MARK.beginOfSentence],
    marks: 1,
    inTools: false,
    anyCall: false,
    anyOutput: false,
  };
  for (const id of encode(system.join("\n\n"))) chat.ids.push(id);
  return chat;
}

/** The ids of the prompt so far, closed so that the assistant speaks next. */
export function endPrompt(chat: Rendering): readonly number[] {
  return [...chat.ids, chat.inTools ? MARK.toolOutputsEnd : MARK.assistant];
}

export function pushTurn(chat: Rendering, message: ChatMessage, encode: EncodeTokens): void {
  const mark = (id: number) => {
    chat.ids.push(id);
    chat.marks++;
  };
  const text = (content: string) => {
    for (const id of encode(content)) chat.ids.push(id);
  };
  const { role, content } = message;
  if (role === "user") {
    chat.inTools = false;
    mark(MARK.user);
    text(content ?? "");
  } else if (role === "assistant" && content !== null) {
    mark(chat.inTools ? MARK.toolOutputsEnd : MARK.assistant);
    chat.inTools = false;
    text(content);
    mark(MARK.endOfSentence);
  } else if (role === "assistant") {
    chat.inTools = false;
    pushCalls(chat, message.toolCalls ?? [], mark, text);
  } else if (role === "tool") {
    chat.inTools = true;
    if (chat.anyOutput) text("\n");
    else mark(MARK.toolOutputsBegin);
    chat.anyOutput = true;
    mark(MARK.toolOutputBegin);
    text(content ?? "");
    mark(MARK.toolOutputEnd);
  }
}

function pushCalls(
  chat: Rendering,
  calls: NonNullable<ChatMessage["toolCalls"]>,
  mark: (id: number) => void,
  text: (content: string) => void,
): void {
  for (const call of calls) {
    const first = !chat.anyCall;
    if (first) {
      mark(MARK.assistant);
      mark(MARK.toolCallsBegin);
    } else text("\n");
    mark(MARK.toolCallBegin);
    text("function");
    mark(MARK.toolSeparator);
    text(`${call.name}\n\`\`\`json\n${call.arguments}\n\`\`\``);
    mark(MARK.toolCallEnd);
    if (!first) {
      mark(MARK.toolCallsEnd);
      mark(MARK.endOfSentence);
    }
    chat.anyCall = true;
  }
}
