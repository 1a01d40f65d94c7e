/** Numbers of the model that `npm run calibrate` fits to measurement records. */
import { FITTED_VALUES, type FittedName } from "./fitted-values.ts";

export interface FittedValue {
  readonly value: number;
  /** 5-95 % of a bootstrap over whole layouts or machines. */
  readonly interval: readonly [number, number];
  readonly records: number;
  readonly clusters: number;
}

interface Definition {
  readonly unit: string;
  readonly meaning: string;
  /** Where every fit begins, so that a fit does not depend on the last one. */
  readonly start: number;
  readonly bounds: readonly [number, number];
}

export interface FittedParameter extends Definition {
  readonly name: FittedName;
  /** Changed by a fit alone. */
  value: number;
  readonly interval: readonly [number, number];
  readonly basis: "calibrated";
  readonly restsOn: string;
}

/** A parameter with the value that the last calibration gave it: planner-data/calibration/parameters.json. */
export function fitted(name: FittedName, definition: Definition): FittedParameter {
  const { value, interval, records, clusters }: FittedValue = FITTED_VALUES[name];
  const restsOn = `${records} records of ${clusters} layouts or machines: planner-data/calibration/parameters.json`;
  return { name, ...definition, value, interval, basis: "calibrated", restsOn };
}
