/** What a calibration leaves behind: the parameters with what they rest on, and the module that the model reads. */
import type { BlockResult } from "./calibrate.ts";

/** planner-data/calibration/parameters.json. */
export function parametersFile(blocks: readonly BlockResult[]) {
  return {
    description:
      "Written by `npm run calibrate`. Values of fitted parameters; intervals are 5-95 % of a bootstrap over whole layouts or machines.",
    blocks: blocks.map(({ name, parameters, groups }) => ({
      name,
      parameters: parameters.map(({ parameter, value, interval }) => ({
        name: parameter.name,
        value,
        interval,
        unit: parameter.unit,
        meaning: parameter.meaning,
        start: parameter.start,
        bounds: parameter.bounds,
      })),
      records: parameters[0]?.records ?? 0,
      clusters: parameters[0]?.clusters ?? 0,
      groups,
    })),
  };
}

/** src/core/model/fitted-values.ts: the same values for the model. */
export function valuesModule(blocks: readonly BlockResult[]): string {
  const lines = blocks.flatMap(({ parameters }) =>
    parameters.map(
      ({ parameter, value, interval: [low, high], records, clusters }) =>
        `  ${parameter.name}: { value: ${value}, interval: [${low}, ${high}], records: ${records}, clusters: ${clusters} },`,
    ),
  );
  return [
    '/** Written by `npm run calibrate`; do not edit. What each means: where `fitted("name", ...)` defines it. */',
    "export const FITTED_VALUES = {",
    ...lines,
    "} as const;",
    "",
    "export type FittedName = keyof typeof FITTED_VALUES;",
    "",
  ].join("\n");
}
