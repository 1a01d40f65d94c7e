/** Grids of latencies: interpolation in logarithms, repair, and the choice of knots. */

/** Value at `x` on ascending `xs`; first value below, last slope held within [0, top] beyond. */
export function interpolate(xs, ys, x, top = 1) {
  const n = xs.length;
  if (n === 1 || x <= xs[0]) return ys[0];
  let i = xs.findLastIndex((knot) => knot <= x);
  const beyond = i >= n - 1;
  if (beyond) i = n - 2;
  const slope = (ys[i + 1] - ys[i]) / (xs[i + 1] - xs[i]);
  if (!beyond) return ys[i] + slope * (x - xs[i]);
  return ys[n - 1] + Math.min(top, Math.max(0, slope)) * (x - xs[n - 1]);
}

/**
 * Fills the holes (NaN) of a row of log-latencies along its axis; beyond the last measured value the
 * last slope goes on, held within [0, top]. Returns null for a row with fewer than two values.
 */
export function fillHoles(logX, logY, top = 1.2) {
  const known = logY.map((y, i) => (Number.isNaN(y) ? -1 : i)).filter((i) => i >= 0);
  if (known.length < 2) return null;
  const xs = known.map((i) => logX[i]);
  const ys = known.map((i) => logY[i]);
  return logY.map((y, i) => (Number.isNaN(y) ? interpolate(xs, ys, logX[i], top) : y));
}

/** More work cannot take less time: a value above a later one on its axis is an upward outlier. */
export function lowered(logY) {
  const out = [...logY];
  let least = Infinity;
  for (let i = out.length - 1; i >= 0; i--) {
    if (Number.isNaN(out[i])) continue;
    least = Math.min(least, out[i]);
    out[i] = least;
  }
  return out;
}

/** The same from below, for filled values that fell under a measured smaller one. */
export function raised(logY) {
  let most = -Infinity;
  return logY.map((y) => (most = Math.max(most, y)));
}

/** Rows of a row-major array along `axis`: index lists. */
function lines(shape, axis) {
  const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const out = [];
  const total = shape.reduce((a, b) => a * b, 1);
  for (let start = 0; start < total; start++) {
    if (Math.floor(start / stride) % shape[axis] !== 0) continue;
    out.push(Array.from({ length: shape[axis] }, (_, i) => start + i * stride));
  }
  return out;
}

/** Applies `change` to every line along `axis`, in place. */
export function alongAxis(values, shape, axis, change) {
  for (const line of lines(shape, axis)) {
    change(line.map((i) => values[i])).forEach((value, i) => (values[line[i]] = value));
  }
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;

/** Positions on an axis that interpolation needs: ends first, then whichever is worst, to tolerance. */
export function chooseKnots(values, shape, axis, knots, { tolerance, most }) {
  const logX = knots.map(Math.log);
  const rows = lines(shape, axis).map((line) => line.map((i) => values[i]));
  const kept = new Set([0, knots.length - 1]);
  while (kept.size < Math.min(most, knots.length)) {
    const order = [...kept].sort((a, b) => a - b);
    const xs = order.map((i) => logX[i]);
    let worst = { at: -1, error: tolerance };
    knots.forEach((_, i) => {
      if (kept.has(i)) return;
      const errors = rows.map((row) =>
        Math.abs(
          interpolate(
            xs,
            order.map((k) => row[k]),
            logX[i],
          ) - row[i],
        ),
      );
      const error = quantile(
        errors.sort((a, b) => a - b),
        0.9,
      );
      if (error > worst.error) worst = { at: i, error };
    });
    if (worst.at < 0) break;
    kept.add(worst.at);
  }
  return [...kept].sort((a, b) => a - b);
}

/** Keeps the chosen positions of one axis. */
export function take(values, shape, axis, positions) {
  const picked = lines(shape, axis).map((line) => positions.map((p) => values[line[p]]));
  const next = shape.with(axis, positions.length);
  const out = new Array(next.reduce((a, b) => a * b, 1));
  lines(next, axis).forEach((line, row) => line.forEach((i, p) => (out[i] = picked[row][p])));
  return { values: out, shape: next };
}

/**
 * Error of the resampling: every measured point told from the knots other than itself, along each
 * axis in turn. Relative, median and 95th percentile.
 */
export function leaveOneOut(values, shape, axes) {
  const errors = [];
  axes.forEach(({ knots, kept }, axis) => {
    if (knots.length < 3) return;
    const logX = knots.map(Math.log);
    for (const line of lines(shape, axis)) {
      const row = line.map((i) => values[i]);
      knots.forEach((_, i) => {
        if (i === 0 || i === knots.length - 1) return;
        const others = kept.filter((k) => k !== i);
        const told = interpolate(
          others.map((k) => logX[k]),
          others.map((k) => row[k]),
          logX[i],
        );
        errors.push(Math.abs(Math.expm1(told - row[i])));
      });
    }
  });
  errors.sort((a, b) => a - b);
  return { median: round(quantile(errors, 0.5), 2), p95: round(quantile(errors, 0.95), 2) };
}

export function round(value, digits) {
  return Number(value.toPrecision(digits));
}
