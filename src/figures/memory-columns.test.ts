import { describe, expect, it } from "vitest";
import { GIB } from "../core/units/quantity.ts";
import { rankOf, ranksOf } from "./fixture.ts";
import { placeMemoryColumns } from "./memory-columns.ts";
import { roomBytes, tightestRank, usableBytes } from "./memory-parts.ts";

describe("placeMemoryColumns", () => {
  it("stacks parts without gap or overlap up to the capacity", () => {
    const { columns } = placeMemoryColumns(ranksOf(8));
    expect(columns).toHaveLength(8);
    const { segments, capacity } = columns[0]!;
    expect(segments.map(({ part }) => part)).toEqual([
      "experts",
      "dense",
      "kv",
      "kv-spare",
      "act",
      "runtime",
      "free",
    ]);
    for (let i = 1; i < segments.length; i++) expect(segments[i]!.from).toBeCloseTo(segments[i - 1]!.to, 12);
    expect(segments.at(-1)!.to).toBeCloseTo(capacity, 12);
    expect(segments.find(({ part }) => part === "kv-spare")!.bytes).toBe(30 * GIB);
  });

  it("collapses identical ranks above sixteen and says how many", () => {
    const { columns } = placeMemoryColumns([...ranksOf(31), rankOf("GPU 31", { weights: 70 })]);
    expect(columns.map(({ count, label }) => [count, label])).toEqual([
      [31, "31 ×"],
      [1, "31"],
    ]);
  });

  it("tells the sides of a disaggregated plan apart", () => {
    const { columns } = placeMemoryColumns([rankOf("Prefill GPU 0"), rankOf("Decode GPU 0"), rankOf("Host")]);
    expect(columns.map(({ label }) => label)).toEqual(["P0", "D0", "Host"]);
  });

  it("hatches what lies beyond the engine's own limit, not only beyond the capacity", () => {
    const { columns, labels } = placeMemoryColumns(ranksOf(1, { kvCacheNeeded: 40, spare: -10 }));
    const { segments, usable, capacity } = columns[0]!;
    const over = segments.find(({ part }) => part === "over")!;
    expect(over.bytes).toBeCloseTo(10 * GIB, 0);
    expect(over.from).toBeCloseTo(usable!, 12);
    expect(usable!).toBeLessThan(capacity);
    expect(labels.map(({ part }) => part)).toContain("usable");
  });

  it("draws host and GPU each as a share of its own memory", () => {
    const host = rankOf("Host", { weights: 400, kvCache: 0, kvCacheNeeded: 0, capacity: 768 });
    const { relative, columns, ticks } = placeMemoryColumns([rankOf("GPU 0"), host]);
    expect(relative).toBe(true);
    expect(columns[0]!.capacity).toBeCloseTo(columns[1]!.capacity, 12);
    expect(ticks.at(-1)!.value).toBe(100);
  });

  it("labels from the top down", () => {
    const { labels } = placeMemoryColumns(ranksOf(8));
    expect(labels[0]!.part).toBe("capacity");
    expect([...labels].sort((a, b) => b.at - a.at)).toEqual(labels);
  });
});

describe("memory parts", () => {
  it("takes the engine's own rule for room where it is told", () => {
    const rank = rankOf("GPU 0", { spare: -12 });
    expect(roomBytes(rank)).toBe(-12 * GIB);
    expect(usableBytes(rank)).toBe((80 + 10 + 4 + 6 - 12) * GIB);
  });

  it("finds the rank that decides", () => {
    expect(tightestRank([rankOf("GPU 0"), rankOf("GPU 1", { weights: 90 }), rankOf("GPU 2")])?.name).toBe(
      "GPU 1",
    );
  });
});
