import { expect, test } from "vitest";
import { acceptance } from "./acceptance.ts";

test("a step yields its verified token and the drafts kept in a row", () => {
  expect(acceptance("off", {})).toEqual({ tokensPerStep: 1, assumed: false });
  expect(acceptance("mtp1", {}).tokensPerStep).toBeCloseTo(1.75, 10);
  expect(acceptance("mtp3", {}).tokensPerStep).toBeCloseTo(1 + 0.75 + 0.5625 + 0.421875, 10);
  expect(acceptance("mtp3", {}).assumed).toBe(true);
});

test("a stated acceptance goes first, and never above all drafts kept", () => {
  expect(acceptance("mtp3", { acceptanceLength: 2.5 })).toEqual({ tokensPerStep: 2.5, assumed: false });
  expect(acceptance("mtp1", { acceptanceLength: 2.5 }).tokensPerStep).toBe(2);
});
