/** Long texts in pieces whose token counts add up. */
import type { EncodeTokens } from "./token-encoder.ts";

/** Long enough that cuts are rare, short enough that a piece is soon done. */
const PIECE = 1 << 16;
/** A run without a safe cut is cut all the same: base64, a line of spaces. */
const LONGEST_PIECE = 1 << 20;

/**
 * The last place after `from` where a text can be cut and its tokens stay the same, or -1.
 *
 * After a letter and before white space: no pattern of the tokenizer spans the two, none looks back,
 * and no added token holds white space.
 */
export function safeCut(text: string, from = 0): number {
  for (let at = text.length - 1; at > from; at--) {
    const code = text.charCodeAt(at);
    if ((code === 0x20 || code === 0x0a) && /\p{L}/u.test(text[at - 1] ?? "")) return at;
  }
  return -1;
}

export interface CutCounts {
  tokens: number;
  roughCuts: number;
}

/** Counts a text that comes in pieces. */
export class CutCounter {
  readonly counts: CutCounts = { tokens: 0, roughCuts: 0 };
  readonly #encode: EncodeTokens;
  readonly #take: ((ids: readonly number[]) => void) | undefined;
  #held = "";
  /** Up to here there is no place to cut. */
  #searched = 0;

  constructor(encode: EncodeTokens, take?: (ids: readonly number[]) => void) {
    this.#encode = encode;
    this.#take = take;
  }

  push(text: string): void {
    for (let from = 0; from < text.length; from += PIECE) {
      this.#held += text.slice(from, from + PIECE);
      if (this.#held.length < PIECE) continue;
      let cut = safeCut(this.#held, this.#searched);
      if (cut < 0 && this.#held.length >= LONGEST_PIECE) {
        this.counts.roughCuts++;
        cut = betweenCodePoints(this.#held);
      }
      this.#searched = cut <= 0 ? this.#held.length - 1 : 0;
      if (cut <= 0) continue;
      this.#count(this.#held.slice(0, cut));
      this.#held = this.#held.slice(cut);
    }
  }

  end(): CutCounts {
    this.#count(this.#held);
    this.#held = "";
    return this.counts;
  }

  #count(text: string): void {
    const ids = this.#encode(text);
    this.counts.tokens += ids.length;
    this.#take?.(ids);
  }
}

function betweenCodePoints(text: string): number {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
}
