/** Repairs one grid of latencies and keeps the knots that interpolation needs. */
import {
  alongAxis,
  chooseKnots,
  fillHoles,
  leaveOneOut,
  lowered,
  raised,
  round,
  take,
} from "./op-latency-grid.mjs";
import { checkPhysics } from "./op-latency-outliers.mjs";

const RESAMPLE = {
  tokens: { tolerance: 0.015, most: 22 },
  context: { tolerance: 0.015, most: 14 },
  elements: { tolerance: 0.02, most: 20 },
  sequences: { tolerance: 0.02, most: 11 },
};

/** Repairs, resamples and packs one grid of latencies in ms (NaN: hole). `grows`: axes of work. */
export function pack({ op, key, engine, version, axes, ms, grows, note, limit, steepest = 1.2 }) {
  const shape = axes.map((axis) => axis.knots.length);
  let values = ms.map(Math.log);
  const found = checkPhysics({ op, key, axes, shape, values, limit });
  note?.(found.group);
  values = found.values;
  for (const axis of grows) alongAxis(values, shape, axis, lowered);
  for (const axis of grows) {
    const logX = axes[axis].knots.map(Math.log);
    const top = axis === axes.length - 1 ? steepest : 1.2;
    alongAxis(values, shape, axis, (row) => fillHoles(logX, row, top) ?? row);
  }
  if (values.some(Number.isNaN)) return null;
  values = values.map((value, i) => Math.max(value, found.floors[i]));
  for (const axis of grows) alongAxis(values, shape, axis, raised);
  const kept = axes.map((axis, i) => {
    const rule = grows.includes(i) ? RESAMPLE[axis.name] : undefined;
    return rule === undefined ? axis.knots.map((_, j) => j) : chooseKnots(values, shape, i, axis.knots, rule);
  });
  const error = leaveOneOut(
    values,
    shape,
    axes.map((axis, i) => ({ knots: axis.knots, kept: kept[i] })),
  );
  let packed = { values, shape };
  kept.forEach((positions, axis) => (packed = take(packed.values, packed.shape, axis, positions)));
  return {
    op,
    key,
    engine,
    version,
    axes: axes.map((axis, i) => ({ name: axis.name, knots: kept[i].map((j) => axis.knots[j]) })),
    ms: packed.values.map((y) => round(Math.exp(y), 3)),
    interpolationError: error,
  };
}

/** How the choice of kernels is named in the file. */
export const versions = (list) =>
  `min ${[...new Set(list.map(([engine, version]) => `${engine} ${version}`))].join(", ")}`;
