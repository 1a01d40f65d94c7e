/** Lengths of a record's requests, in tokens of DeepSeek-V3. */
import type { WorkloadFileOptions } from "../../domain/workload-file.ts";
import { MARK, pushTurn, startChat, renderChat, type ChatMessage } from "./chat-template.ts";
import type { Content, FileRecord } from "./file-record.ts";
import type { PrefixBlocks } from "./prefix-blocks.ts";
import { CutCounter } from "./text-cuts.ts";
import type { EncodeTokens } from "./token-encoder.ts";

export interface RequestLength {
  /** Null: not known. */
  readonly input: number | null;
  readonly output: number | null;
}

export class RecordCounter {
  readonly counted = { countedTokens: 0, templateTokens: 0, roughCuts: 0 };
  readonly #encode: EncodeTokens;
  readonly #prefix: PrefixBlocks;
  readonly #asChat: boolean;

  constructor(encode: EncodeTokens, prefix: PrefixBlocks, options: WorkloadFileOptions) {
    this.#encode = encode;
    this.#prefix = prefix;
    this.#asChat = options.prompts !== "completion";
  }

  /** One for most records, one for every answer of a conversation. */
  count(record: FileRecord): readonly RequestLength[] {
    const { input, output } = record;
    if (record.conversation && input?.kind === "messages") return this.#countConversation(input.messages);
    const prompt = this.#prompt(input);
    this.#prefix.begin();
    if (prompt.ids !== null) this.#prefix.extend(prompt.ids);
    const answer = this.#answer(output);
    if (prompt.ids !== null && prompt.tokens !== null) {
      if (answer.ids !== null) this.#prefix.extend(answer.ids);
      this.#prefix.request(prompt.tokens);
    }
    return [{ input: prompt.tokens, output: answer.tokens }];
  }

  #prompt(input: Content | null): { ids: readonly number[] | null; tokens: number | null } {
    if (input === null) return { ids: null, tokens: null };
    switch (input.kind) {
      case "count":
        return { ids: null, tokens: input.tokens };
      case "ids":
        return { ids: input.ids, tokens: input.ids.length };
      case "messages": {
        const { ids, marks } = renderChat(input.messages, this.#text);
        return this.#mine(ids, marks);
      }
      case "rendered": {
        const ids = [...this.#text(input.text)];
        if (ids[0] === MARK.beginOfSentence) return this.#mine(ids, 0);
        return this.#mine([MARK.beginOfSentence, ...ids], 1);
      }
      case "text": {
        const ids = this.#text(input.text);
        return this.#asChat
          ? this.#mine([MARK.beginOfSentence, MARK.user, ...ids, MARK.assistant], 3)
          : this.#mine([MARK.beginOfSentence, ...ids], 1);
      }
    }
  }

  /** The model writes end of sentence itself, and engines count it. */
  #answer(output: Content | null): { ids: readonly number[] | null; tokens: number | null } {
    if (output === null) return { ids: null, tokens: null };
    if (output.kind === "count") return { ids: null, tokens: output.tokens };
    if (output.kind === "ids") return { ids: output.ids, tokens: output.ids.length };
    if (output.kind === "messages") return { ids: null, tokens: null };
    return this.#mine([...this.#text(output.text), MARK.endOfSentence], 1);
  }

  #mine(ids: readonly number[], marks: number): { ids: readonly number[]; tokens: number } {
    this.counted.countedTokens += ids.length;
    this.counted.templateTokens += marks;
    return { ids, tokens: ids.length };
  }

  /** Whole texts as they are; only very long ones in pieces. */
  readonly #text = (text: string): readonly number[] => {
    if (text.length <= 1 << 18) return this.#encode(text);
    const all: number[] = [];
    const cutter = new CutCounter(this.#encode, (ids) => {
      for (const id of ids) all.push(id);
    });
    cutter.push(text);
    this.counted.roughCuts += cutter.end().roughCuts;
    return all;
  };

  /** Every answer was asked with all that stands before it, so texts are counted once and lengths add up. */
  #countConversation(messages: readonly ChatMessage[]): readonly RequestLength[] {
    const chat = startChat(messages, this.#text);
    const lengths: RequestLength[] = [];
    let told = 0;
    const tell = () => {
      this.#prefix.extend(chat.ids.slice(told));
      told = chat.ids.length;
    };
    this.#prefix.begin();
    for (const message of messages) {
      const before = chat.ids.length;
      pushTurn(chat, message, this.#text);
      if (message.role !== "assistant" || chat.ids.length === before) continue;
      // The mark that opens the answer belongs to the prompt.
      const prompt = before + 1;
      tell();
      this.#prefix.request(prompt);
      lengths.push({ input: prompt, output: chat.ids.length - prompt });
    }
    this.counted.countedTokens += chat.ids.length;
    this.counted.templateTokens += chat.marks;
    return lengths;
  }
}
