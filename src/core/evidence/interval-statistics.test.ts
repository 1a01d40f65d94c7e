import { expect, test } from "vitest";
import { intervalTable, type Residual } from "./interval-statistics.ts";

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

test("records count for every more general class too, and a handful is no class", () => {
  const { classes } = intervalTable([
    ...residuals("a", spread(1)),
    ...residuals("b", [1, 1.1], "serving/other/tp/tpot"),
  ]);
  expect(Object.keys(classes)).toEqual(["serving/nvidia/tp/tpot", "serving/nvidia/tpot", "serving/tpot"]);
  expect(classes["serving/tpot"]?.records).toBe(7);
});
