/**
 * Token ids of text, fast: words repeat, so what the tokenizer said about a piece of text is kept.
 *
 * The tokenizer cuts text at its patterns before it merges bytes, and no merge crosses a cut. So the
 * ids of a text are the ids of its pieces, one after the other, and a piece needs the tokenizer once.
 */

export type EncodeTokens = (text: string) => readonly number[];

interface SplitPattern {
  readonly type: string;
  readonly pattern?: { readonly Regex?: string };
}

/** The parts of a `tokenizer.json` that decide where text is cut. */
export interface TokenizerJson {
  readonly added_tokens: readonly { readonly id: number; readonly content: string }[];
  readonly pre_tokenizer: { readonly pretokenizers: readonly SplitPattern[] };
}

/** The inner steps of `PreTrainedTokenizer`; its `encode` looks for 818 added tokens first, which a piece cannot hold. */
export interface PieceTokenizer {
  readonly pre_tokenizer: {
    readonly tokenizers: readonly { pre_tokenize_text(text: string): string[] }[];
  };
  readonly model: {
    readonly cache: Map<string, unknown>;
    encode(tokens: readonly string[]): string[];
    convert_tokens_to_ids(tokens: readonly string[]): number[];
  };
}

export type TokenizerClass = new (json: unknown, config: unknown) => PieceTokenizer;

/**
 * Unicode's White_Space, which `\s` is where these patterns come from. JavaScript's `\s` lacks the next-line
 * character U+0085 and has the byte order mark U+FEFF instead.
 */
const WHITE_SPACE = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** Pieces kept; text that never repeats (random data) would fill any table. */
const MOST_PIECES = 1 << 17;
const LONGEST_KEPT_PIECE = 48;

const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * The ids that the DeepSeek-V3 tokenizer gives a text, nothing added before or after.
 *
 * Leaves   begin of sentence and the chat's marks to `chat-template.ts`; lone surrogates read as U+FFFD, as in UTF-8.
 * Throws   Error where the tokenizer's patterns are not the four steps that this file knows.
 * Anchor   golden ids and 20,000 hostile strings against Rust's `tokenizers`: workers/tokenizer-service.test.ts.
 */
export function createEncoder(
  Tokenizer: TokenizerClass,
  source: unknown,
  config: unknown,
): { readonly encode: EncodeTokens; readonly tokenizer: PieceTokenizer } {
  const json = withUnicodeSpaces(source as TokenizerJson);
  const tokenizer = new Tokenizer(json, config);
  const [numbers, ideographs, words, bytes] = json.pre_tokenizer.pretokenizers;
  const known = bytes?.type === "ByteLevel" && json.pre_tokenizer.pretokenizers.length === 4;
  if (!known) throw new Error("this tokenizer cuts text in a way that is not known here");
  const isolated = new RegExp(`${regexOf(numbers)}|${regexOf(ideographs)}`, "gu");
  const word = new RegExp(regexOf(words), "gu");
  const added = new Map(json.added_tokens.map(({ content, id }) => [content, id]));
  const addedPattern = new RegExp([...added.keys()].map(escapeRegExp).join("|"), "gu");
  const pieces = createPieces(tokenizer);

  const pushSection = (text: string, into: number[]) => {
    let from = 0;
    for (const match of text.matchAll(isolated)) {
      if (match.index > from) pushWords(text.slice(from, match.index), word, pieces, into);
      pieces(match[0], into);
      from = match.index + match[0].length;
    }
    if (from < text.length) pushWords(from === 0 ? text : text.slice(from), word, pieces, into);
  };
  const encode = (text: string): readonly number[] => {
    const sound = LONE_SURROGATE.test(text) ? text.replaceAll(LONE_SURROGATES, "\ufffd") : text;
    const ids: number[] = [];
    if (!sound.includes("<")) {
      pushSection(sound, ids);
      return ids;
    }
    let from = 0;
    for (const match of sound.matchAll(addedPattern)) {
      pushSection(sound.slice(from, match.index), ids);
      ids.push(added.get(match[0]) as number);
      from = match.index + match[0].length;
    }
    pushSection(sound.slice(from), ids);
    return ids;
  };
  return { encode, tokenizer };
}

/** What no pattern takes stands as a piece of its own. */
function pushWords(
  text: string,
  word: RegExp,
  pieces: (piece: string, into: number[]) => void,
  into: number[],
): void {
  const found = text.match(word) ?? [];
  let length = 0;
  for (const piece of found) length += piece.length;
  if (length === text.length) {
    for (const piece of found) pieces(piece, into);
    return;
  }
  let from = 0;
  for (const match of text.matchAll(word)) {
    if (match.index > from) pieces(text.slice(from, match.index), into);
    pieces(match[0], into);
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces(text.slice(from), into);
}

function createPieces(tokenizer: PieceTokenizer): (piece: string, into: number[]) => void {
  const { model, pre_tokenizer } = tokenizer;
  const bytes = pre_tokenizer.tokenizers[3];
  if (bytes === undefined) throw new Error("this tokenizer cuts text in a way that is not known here");
  const kept = new Map<string, number | readonly number[]>();
  return (piece, into) => {
    const ids = kept.get(piece);
    if (typeof ids === "number") into.push(ids);
    else if (ids !== undefined) for (const id of ids) into.push(id);
    else {
      const fresh = model.convert_tokens_to_ids(model.encode(bytes.pre_tokenize_text(piece)));
      for (const id of fresh) into.push(id);
      model.cache.clear();
      if (piece.length > LONGEST_KEPT_PIECE) return;
      if (kept.size >= MOST_PIECES) kept.clear();
      // A slice keeps the text it was cut from alive; a copy does not.
      kept.set(copyOf(piece), fresh.length === 1 ? (fresh[0] as number) : fresh);
    }
  };
}

const copyOf = (piece: string): string => Array.from(piece).join("");

function withUnicodeSpaces(json: TokenizerJson): TokenizerJson {
  const pretokenizers = json.pre_tokenizer.pretokenizers.map((step) => {
    const regex = step.pattern?.Regex;
    if (regex === undefined) return step;
    const Regex = regex.replaceAll("\\s", `[${WHITE_SPACE}]`).replaceAll("\\S", `[^${WHITE_SPACE}]`);
    return { ...step, pattern: { ...step.pattern, Regex } };
  });
  return { ...json, pre_tokenizer: { ...json.pre_tokenizer, pretokenizers } };
}

/** `\#`, `\&` and `\~`, which Python writes, are errors in JavaScript's Unicode patterns. */
function regexOf(step: SplitPattern | undefined): string {
  const regex = step?.type === "Split" ? step.pattern?.Regex : undefined;
  if (regex === undefined) throw new Error("this tokenizer cuts text in a way that is not known here");
  return regex.replaceAll(/\\([#&~])/g, "$1");
}

const escapeRegExp = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
