import { describe, expect, it } from "vitest";
import { PrefixCache } from "./prefix-cache.ts";

function cacheOf(...groups: readonly (readonly [number, number])[]): PrefixCache {
  const cache = new PrefixCache();
  for (const [group, blocks] of groups) {
    cache.use(group);
    cache.keep(group, blocks);
    cache.release(group);
  }
  return cache;
}

describe("PrefixCache", () => {
  it("gives up the tails of the groups that were used longest ago", () => {
    const cache = cacheOf([1, 5], [2, 5], [3, 5]);
    cache.use(1);
    cache.release(1);
    cache.evict(7);
    expect([cache.blocksOf(1), cache.blocksOf(2), cache.blocksOf(3)]).toEqual([5, 0, 3]);
    expect([cache.pages, cache.unusedPages]).toEqual([8, 8]);
  });

  it("keeps what is in use, however much is asked for", () => {
    const cache = cacheOf([1, 5], [2, 5]);
    cache.use(1);
    cache.use(1);
    cache.evict(100);
    expect([cache.pages, cache.unusedPages]).toEqual([5, 0]);
    cache.release(1);
    expect(cache.unusedPages).toBe(0);
    cache.release(1);
    expect(cache.unusedPages).toBe(5);
  });

  it("adds only what a prefix grows by", () => {
    const cache = new PrefixCache();
    cache.use(4);
    expect([cache.keep(4, 3), cache.keep(4, 2), cache.keep(4, 6)]).toEqual([3, 0, 3]);
    expect(cache.pages).toBe(6);
  });
});
