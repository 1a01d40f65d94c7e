/**
 * How much of every prompt a prefix cache would have found.
 *
 * A block is named by a hash of its tokens and of all tokens before it, as in engines. A prompt's hit
 * are its leading blocks that were there already, short of its last token, which is always computed.
 */
import type { PrefixByBlock } from "../../domain/workload-file.ts";

export const BLOCK_SIZES = [16, 64, 256] as const;

/** The remembered blocks: about a few 8×H200 nodes' worth of cache, and a bounded memory here. */
export const CACHE_TOKENS = 1 << 23;

const FIRST_SLOTS = 1024;

/** Block names seen. The table grows up to its capacity; then, when the younger of two is full, the older is forgotten. */
class SeenBlocks {
  readonly #capacity: number;
  #young: Uint32Array = new Uint32Array(2 * FIRST_SLOTS);
  #old: Uint32Array | undefined;
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = Math.max(FIRST_SLOTS, capacity);
  }

  has(high: number, low: number): boolean {
    if (freeSlot(this.#young, high, low) < 0) return true;
    if (!this.#old || freeSlot(this.#old, high, low) >= 0) return false;
    this.add(high, low);
    return true;
  }

  add(high: number, low: number): void {
    const slot = freeSlot(this.#young, high, low);
    if (slot < 0) return;
    this.#young[slot] = high;
    this.#young[slot + 1] = low;
    if (++this.#count * 4 < this.#young.length) return;
    if (this.#young.length < 2 * this.#capacity) this.#grow();
    else {
      [this.#young, this.#old] = [this.#old ?? new Uint32Array(this.#young.length), this.#young];
      this.#young.fill(0);
      this.#count = 0;
    }
  }

  #grow(): void {
    const names = this.#young;
    this.#young = new Uint32Array(2 * names.length);
    for (let i = 0; i < names.length; i += 2) {
      const [high = 0, low = 0] = [names[i], names[i + 1]];
      if (high === 0 && low === 0) continue;
      const slot = freeSlot(this.#young, high, low);
      this.#young[slot] = high;
      this.#young[slot + 1] = low;
    }
  }
}

/** Where a name goes, or -1 where it is there. Slots are a power of two, and a name is never 0, 0. */
function freeSlot(table: Uint32Array, high: number, low: number): number {
  const mask = table.length / 2 - 1;
  for (let at = low & mask; ; at = (at + 1) & mask) {
    const [h, l] = [table[2 * at], table[2 * at + 1]];
    if (h === high && l === low) return -1;
    if (h === 0 && l === 0) return 2 * at;
  }
}

interface Chain {
  readonly block: number;
  readonly seen: SeenBlocks;
  hits: number;
  high: number;
  low: number;
  filled: number;
  readonly names: number[];
  inserted: number;
  run: number;
}

export class PrefixBlocks {
  readonly #chains: Chain[];
  #prompts = 0;

  constructor(cacheTokens = CACHE_TOKENS) {
    this.#chains = BLOCK_SIZES.map((block) => ({
      block,
      seen: new SeenBlocks(cacheTokens / block),
      ...{ hits: 0, high: 1, low: 1, filled: 0, names: [], inserted: 0, run: 0 },
    }));
  }

  /** A new conversation, or a prompt on its own. */
  begin(): void {
    for (const chain of this.#chains) {
      chain.high = chain.low = 1;
      chain.filled = chain.inserted = chain.run = 0;
      chain.names.length = 0;
    }
  }

  /** The tokens that follow, prompt or answer. */
  extend(ids: ArrayLike<number>): void {
    for (const chain of this.#chains) {
      let { high, low, filled } = chain;
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i] as number;
        low = Math.imul(low ^ (id + 1), 0x9e3779b1);
        low ^= low >>> 15;
        high = Math.imul(high + id + 0x7f4a7c15, 0x85ebca6b);
        high ^= (high >>> 13) ^ low;
        if (++filled === chain.block) {
          chain.names.push(high >>> 0 || 1, low >>> 0);
          filled = 0;
        }
      }
      Object.assign(chain, { high, low, filled });
    }
  }

  /** The first `promptTokens` tokens since `begin` were a request's prompt; what follows them is its answer. */
  request(promptTokens: number): void {
    this.#prompts += promptTokens;
    for (const chain of this.#chains) {
      const { names, seen, block } = chain;
      const whole = Math.min(Math.floor((promptTokens - 1) / block), names.length / 2);
      while (
        chain.run < whole &&
        seen.has(names[2 * chain.run] as number, names[2 * chain.run + 1] as number)
      ) {
        chain.run++;
      }
      chain.hits += Math.max(0, Math.min(chain.run, whole)) * block;
      for (; chain.inserted < names.length / 2; chain.inserted++) {
        seen.add(names[2 * chain.inserted] as number, names[2 * chain.inserted + 1] as number);
      }
    }
  }

  /** Shares of all prompt tokens; empty where no prompt's tokens were known. */
  summary(): readonly PrefixByBlock[] {
    if (this.#prompts === 0) return [];
    return this.#chains.map(({ block, hits }) => ({ blockTokens: block, hitShare: hits / this.#prompts }));
  }
}
