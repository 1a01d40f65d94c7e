/** How far measurements lay from predictions, by class: planner-data/calibration/intervals.json. */
export interface IntervalClass {
  /** Measured over predicted: the factors that hold 80 % of measurements of left-out groups. */
  readonly low: number;
  readonly high: number;
  readonly records: number;
  /** Source and machine groups that the factors rest on. */
  readonly groups: number;
  /** Share of a left-out group's measurements that factors from the other groups held; null with too few groups to tell. */
  readonly coverage: number | null;
}

/** `class/metric` → factors, most general class names included. */
export interface IntervalTable {
  readonly classes: Readonly<Record<string, IntervalClass>>;
}
