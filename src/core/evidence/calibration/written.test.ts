import { expect, test } from "vitest";
import written from "../../../../planner-data/calibration/parameters.json";
import { FITTED_VALUES } from "../../model/fitted-values.ts";
import { BLOCKS } from "./blocks.ts";

test("the model reads what planner-data/calibration/parameters.json says", () => {
  const inFile = written.blocks.flatMap(({ parameters }) =>
    parameters.map(({ name, value }) => [name, value]),
  );
  const inModel = Object.entries(FITTED_VALUES).map(([name, { value }]) => [name, value]);
  expect(inFile.sort()).toEqual(inModel.sort());
  expect(BLOCKS.flatMap(({ parameters }) => parameters.map(({ name }) => name)).sort()).toEqual(
    inModel.map(([name]) => name).sort(),
  );
});

test("each value lies within its interval and bounds, and names its records", () => {
  for (const block of written.blocks) {
    expect(Object.values(block.groups).flat().length, block.name).toBe(block.records);
    for (const { name, value, interval, bounds } of block.parameters) {
      const inside = (interval[0] ?? 0) <= value && value <= (interval[1] ?? 0);
      expect([name, inside, (bounds[0] ?? 0) <= value && value <= (bounds[1] ?? 0)]).toEqual([
        name,
        true,
        true,
      ]);
    }
  }
});
