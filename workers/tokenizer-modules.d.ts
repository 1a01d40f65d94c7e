/** The part of `@xenova/transformers` that tokenizes; importing the whole package triples the bundle. */
declare module "@xenova/transformers/src/tokenizers.js" {
  export class PreTrainedTokenizer {
    constructor(json: unknown, config: unknown);
    readonly pre_tokenizer: {
      readonly tokenizers: readonly { pre_tokenize_text(text: string): string[] }[];
    };
    readonly model: {
      readonly cache: Map<string, unknown>;
      encode(tokens: readonly string[]): string[];
      convert_tokens_to_ids(tokens: readonly string[]): number[];
    };
    apply_chat_template(messages: unknown, options: Record<string, unknown>): number[] | string;
  }
}
