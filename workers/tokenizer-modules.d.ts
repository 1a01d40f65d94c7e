/** The part of `@xenova/transformers` that tokenizes; importing the whole package triples the bundle. */
declare module "@xenova/transformers/src/tokenizers.js" {
  export class PreTrainedTokenizer {
    constructor(json: unknown, config: unknown);
    readonly model: { readonly cache?: Map<string, unknown> };
    encode(text: string, pair: null, options: { add_special_tokens: boolean }): number[];
    apply_chat_template(messages: unknown, options: Record<string, unknown>): number[] | string;
  }
}

declare module "@xenova/transformers/src/env.js" {
  export const env: { allowRemoteModels: boolean; allowLocalModels: boolean; useBrowserCache: boolean };
}

/** JSON as a module of its own, without the compiler reading a hundred thousand keys. */
declare module "*.json?parsed" {
  const value: unknown;
  export default value;
}
