import { expect, test } from "vitest";
import { EXAMPLE_PLAN } from "../core/domain/parse-plan.ts";
import type { FrontierPoint, FrontierSeries } from "../core/domain/levers.ts";
import { frontierFinding } from "./findings/frontier-finding.ts";
import { placeFrontier } from "./frontier-lines.ts";
import { logAxis } from "./log-axis.ts";
import { placeLabels } from "./place-labels.ts";

const FOCUS = { noun: "GPU", users: 64, sloSpeed: null };
const FRAME = { width: 400, height: 200, text: 12 };

function seriesOf(title: string, rows: readonly (readonly [number, number, number])[]): FrontierSeries {
  const points = rows.map(
    ([users, tokensPerSecondPerUser, tokensPerSecondPerAccelerator]): FrontierPoint => ({
      users,
      tokensPerSecondPerUser,
      tokensPerSecondPerAccelerator,
      ttftMs: 100,
      fits: users <= 64,
      basis: users > 16 ? "extrapolated" : "calibrated",
    }),
  );
  return { title, plan: EXAMPLE_PLAN, points };
}

const own = seriesOf("This plan", [
  [1, 100, 12],
  [16, 60, 120],
  [64, 30, 240],
  [256, 10, 300],
]);
const crossing = seriesOf("EP 8", [
  [1, 80, 10],
  [16, 40, 90],
  [64, 20, 1500],
]);
const ahead = seriesOf("MTP", [
  [1, 150, 20],
  [64, 40, 480],
]);

test("a log axis has round ends, at most the asked ticks, and puts its ends at 0 and 1", () => {
  const axis = logAxis([13, 97]);
  expect(axis?.share(axis.from)).toBeCloseTo(0);
  expect(axis?.share(axis.to)).toBeCloseTo(1);
  expect(axis?.ticks.length).toBeLessThanOrEqual(7);
  expect(axis?.ticks).toContain(20);
  expect(logAxis([13.1, 96])).toEqual({ ...axis, share: expect.any(Function) as unknown });
  expect(logAxis([0, -1])).toBeNull();
});

test("lines end where the cache is full, and are dashed where extrapolated", () => {
  const placed = placeFrontier([own], [], [], 64, null, FRAME);
  expect(placed?.lines[0]?.solid.split("M")).toHaveLength(2);
  expect(placed?.lines[0]?.dashed.split("M")).toHaveLength(2);
  expect(placed?.sloAt).toBeNull();
});

test("the SLO line stands at its speed; out of reach it shades all or nothing", () => {
  const within = placeFrontier([own], [], [], 64, 50, FRAME);
  expect(within?.sloAt).toBeCloseTo((within?.x.share(50) ?? 0) * FRAME.width);
  expect(placeFrontier([own], [], [], 64, 1, FRAME)?.sloAt).toBeNull();
  expect(placeFrontier([own], [], [], 64, 5000, FRAME)?.sloAt).toBe(FRAME.width);
});

test("labels stay inside the plot, off the lines and off one another; users are named where there is room", () => {
  const placed = placeFrontier([own, crossing, ahead], [], [], 64, null, FRAME);
  const texts = placed?.labels.map(({ text }) => text) ?? [];
  expect(texts).toEqual(expect.arrayContaining(["this plan, 64", "EP 8", "MTP"]));
  for (const label of placed?.labels ?? []) {
    expect(label.x).toBeGreaterThanOrEqual(0);
    expect(label.y).toBeLessThanOrEqual(FRAME.height);
  }
});

test("a label with no free place is dropped if it may be, else covers least", () => {
  const plot = { x: 0, y: 0, width: 32, height: 12 };
  const wish = { text: "a", width: 20, height: 10, anchors: [[2, 6]] as const };
  const marks = [[15, 6]] as const;
  expect(placeLabels([{ ...wish, optional: true }], marks, plot)).toEqual([null]);
  expect(placeLabels([{ ...wish, optional: false }], marks, plot)[0]?.box.x).toBe(11);
});

test("the finding names the crossing and the largest gain", () => {
  const words = frontierFinding([own, crossing], FOCUS);
  expect(words).toMatch(
    /^Below 3[12] tok\/s a user, EP 8 overtakes this plan; at 30 it gives 1\.2× the throughput\.$/,
  );
});

test("a gain outside the SLO is none", () => {
  expect(frontierFinding([own, crossing], { ...FOCUS, sloSpeed: 35 })).toContain("No alternative drawn");
});

test("the finding says where an alternative leads at every speed, and where none does", () => {
  expect(frontierFinding([own, ahead], FOCUS)).toMatch(
    /^MTP gives more at every speed; at 4\d tok\/s a user/,
  );
  expect(frontierFinding([own, { ...own, title: "Twin" }], FOCUS)).toBe(
    "No alternative drawn beats this plan by a tenth; it gives at most 240 tok/s per GPU, with 64 users.",
  );
  expect(frontierFinding([own], FOCUS)).toContain("at most 240 tok/s per GPU, with 64 users");
});
