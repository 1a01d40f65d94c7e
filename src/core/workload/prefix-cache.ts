/** Prefixes that groups of requests share, in one rank's cache: whole blocks, oldest unused first out. */
interface Entry {
  blocks: number;
  users: number;
}

export class PrefixCache {
  private readonly groups = new Map<number, Entry>();
  /** Pages that the cache holds, and those of them that nothing running uses. */
  pages = 0;
  unusedPages = 0;

  blocksOf(group: number): number {
    return this.groups.get(group)?.blocks ?? 0;
  }

  /** Marks a group used by one more request, newest of all. */
  use(group: number): void {
    const entry = this.groups.get(group) ?? { blocks: 0, users: 0 };
    if (entry.users === 0) this.unusedPages -= entry.blocks;
    entry.users++;
    this.groups.delete(group);
    this.groups.set(group, entry);
  }

  /** Keeps the first `blocks` of a group that is in use. Returns the pages this adds. */
  keep(group: number, blocks: number): number {
    const entry = this.groups.get(group);
    if (entry === undefined || entry.blocks >= blocks) return 0;
    const added = blocks - entry.blocks;
    entry.blocks = blocks;
    this.pages += added;
    return added;
  }

  release(group: number): void {
    const entry = this.groups.get(group);
    if (entry === undefined) return;
    entry.users--;
    if (entry.users > 0) return;
    this.unusedPages += entry.blocks;
    if (entry.blocks === 0) this.groups.delete(group);
  }

  /** Gives up at least `pages` unused pages if there are that many, from the tails of the oldest groups. */
  evict(pages: number): void {
    let missing = pages;
    for (const [group, entry] of this.groups) {
      if (missing <= 0) return;
      if (entry.users > 0) continue;
      const given = Math.min(missing, entry.blocks);
      entry.blocks -= given;
      missing -= given;
      this.pages -= given;
      this.unusedPages -= given;
      if (entry.blocks === 0) this.groups.delete(group);
    }
  }
}
