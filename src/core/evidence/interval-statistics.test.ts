import { expect, test } from "vitest";
import { intervalTable, type Residual } from "./interval-statistics.ts";
import { weightedQuantile } from "./statistics.ts";

const residuals = (group: string, ratios: readonly number[], key = "serving/nvidia/tp/tpot"): Residual[] =>
  ratios.map((ratio) => ({ key, group, ratio }));
const spread = (center: number) => [0.9, 0.95, 1, 1.05, 1.1].map((r) => r * center);

test("groups that agree keep their quantiles", () => {
  const { classes } = intervalTable([1, 1, 1, 1].flatMap((c, i) => residuals(`g${i}`, spread(c))));
  expect(classes["serving/nvidia/tp/tpot"]).toMatchObject({ low: 0.9, high: 1.1, records: 20, groups: 4 });
});

test("groups that disagree widen it until a left-out group is held", () => {
  const { classes } = intervalTable([0.9, 0.97, 1.03, 1.12].flatMap((c, i) => residuals(`g${i}`, spread(c))));
  const found = classes["serving/nvidia/tp/tpot"];
  expect(found?.high).toBeGreaterThan(1.12);
  expect(found?.coverage).toBeGreaterThanOrEqual(0.8);
});

test("groups count alike, however many records they have", () => {
  const odd = Array.from({ length: 95 }, (_, i) => 1.5 + i / 1000);
  const { classes } = intervalTable([
    ...[1, 1, 1, 1, 1, 1, 1, 1, 1, 1].flatMap((c, i) => residuals(`g${i}`, spread(c))),
    ...residuals("odd", odd),
  ]);
  // one group of eleven is left out of account at the upper tenth, most of the records or not
  expect(classes["serving/nvidia/tp/tpot"]?.high).toBeLessThan(1.5 ** 2);
  expect(
    weightedQuantile(
      [
        { value: 1, weight: 10 },
        { value: 9, weight: 1 },
      ],
      0.5,
    ),
  ).toBeLessThan(2);
});

test("records count for every more general class too; a class of a few records or of two groups has no interval", () => {
  const { classes } = intervalTable([
    ...residuals("a", spread(1)),
    ...residuals("b", spread(1)),
    ...residuals("c", [1, 1.1], "serving/other/tp/tpot"),
  ]);
  expect(Object.keys(classes)).toEqual(["serving/tpot"]);
  expect(classes["serving/tpot"]?.records).toBe(12);
});
