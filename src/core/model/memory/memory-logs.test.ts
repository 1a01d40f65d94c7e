/**
 * Estimates against what engines wrote in their logs; titles carry the figures:
 * `npx vitest run src/core/model/memory/memory-logs.test.ts --reporter=verbose`
 */
import { describe, expect, test } from "vitest";
import { catalog } from "../../../planner-data.ts";
import { formatFixed } from "../../units/format.ts";
import { GIB } from "../../units/quantity.ts";
import { estimateMemory } from "./estimate-memory.ts";
import { LOGGED_ROWS, type LoggedFigure, type LoggedRow } from "./memory-logs.fixture.ts";

/** Bars: weights 1 %, cache 2 %; one rounded digit of a log for caches that follow from the context. */
const BAR: Readonly<Record<LoggedFigure, number>> = {
  weights: 0.01,
  kvCache: 0.02,
  kvCacheTokens: 0.02,
  kvCacheAllRanks: 0.0002,
  // Not full information: PyTorch's allocator keeps freed blocks, which no estimate holds.
  inUse: 0.05,
};

function estimated(row: LoggedRow, figure: LoggedFigure): number {
  const { memory } = estimateMemory(row.plan, catalog);
  const first = memory?.ranks[0];
  if (!memory || !first) throw new Error(`${row.id}: no estimate`);
  switch (figure) {
    case "weights":
      return first.weights;
    case "kvCache":
      return first.kvCache;
    case "kvCacheTokens":
      return memory.kvCacheTokens;
    case "inUse":
      return first.total;
    case "kvCacheAllRanks":
      return memory.ranks.reduce((sum, rank) => sum + rank.kvCache, 0);
  }
}

const print = (figure: LoggedFigure, value: number): string =>
  figure === "kvCacheTokens" ? formatFixed(value, 0) : `${formatFixed(value / GIB, 3)} GiB`;

const cases = LOGGED_ROWS.flatMap((row) =>
  Object.entries(row.measured).map(([key, measured]) => {
    const figure = key as LoggedFigure;
    const value = estimated(row, figure);
    const error = value / measured - 1;
    const title = `${row.id} | ${figure} | ${print(figure, value)} | log ${print(figure, measured)} | ${formatFixed(error * 100, 2)} %`;
    return { title, figure, error };
  }),
);

describe("estimate against log", () => {
  for (const { title, figure, error } of cases) {
    test(title, () => {
      expect(Math.abs(error)).toBeLessThan(BAR[figure]);
    });
  }
});

/** 5,266 blocks of 64 tokens at 576 elements and 4,739 at 640, in the same memory (vllm pull 14842). */
test("vLLM 0.7 pads 576 elements to 640: one tenth fewer blocks", () => {
  const tokens = (engineVersion: string): number => {
    const row = LOGGED_ROWS.find(({ id }) => id.startsWith("mem-t02"));
    if (!row) throw new Error("no row");
    const { memory } = estimateMemory({ ...row.plan, options: { engineVersion } }, catalog);
    return (memory?.ranks[0]?.kvCache ?? 0) / (memory?.kvCacheTokens ?? 1);
  };
  expect(tokens("0.7.3") / tokens("0.12.0")).toBeCloseTo(5266 / 4739, 3);
});
