/** Outliers: points faster than physics, points slower than more work, tables that are refused. */
import { DISTRUSTED, RAW_DTYPE } from "./op-latency-policy.mjs";
import { round } from "./op-latency-grid.mjs";

/** Room for clocks and rounding before a point counts as faster than the device. */
const TOLERANCE = 0.95;
/** A benchmark that repeats may read this much from the last-level cache; a step that streams all layers cannot. */
const CACHE_BYTES = 126e6;
/** A point this far above a larger one is listed. */
const SPIKE = 1.25;

/** Finds and removes (NaN) points below FLOP time, or below transfer time of more than a cache holds;
 * `floors`: the log of every point's least time, below which neither a cached nor a filled one may be. */
export function checkPhysics({ op, key, axes, shape, values, limit }) {
  const last = axes.at(-1).knots;
  const width = last.length;
  const impossible = [];
  const spikes = [];
  const out = [...values];
  const floors = values.map(() => -Infinity);
  let cached = 0;
  values.forEach((value, i) => {
    const at = coordinates(i, shape, axes);
    const ms = Math.exp(value);
    if (limit !== undefined) {
      const { bytes, flop, size } = limit(at);
      floors[i] = Math.log(Math.max(bytes, flop));
      if (Number.isNaN(value)) return;
      if (ms < TOLERANCE * flop || (ms < TOLERANCE * bytes && size > CACHE_BYTES)) {
        impossible.push({ at, ms: round(ms, 3), limitMs: round(Math.max(bytes, flop), 3) });
        out[i] = NaN;
        return;
      }
      if (ms < TOLERANCE * bytes) cached += 1;
    }
    if (Number.isNaN(value)) return;
    const later = values.slice(i + 1, i - (i % width) + width).filter((y) => !Number.isNaN(y));
    const least = Math.exp(Math.min(...later));
    if (ms > SPIKE * least) spikes.push({ at, ms: round(ms, 3), largerWorkMs: round(least, 3) });
  });
  if (impossible.length + spikes.length + cached === 0) return { values: out, floors, group: null };
  const worst = (list, ratio) => list.toSorted((a, b) => ratio(b) - ratio(a)).slice(0, 3);
  const group = {
    op,
    key,
    axes: axes.map((axis) => axis.name),
    ...(impossible.length > 0 && {
      fasterThanPhysics: {
        reason: "below FLOP/peak or bytes/bandwidth: removed and interpolated",
        count: impossible.length,
        worst: worst(impossible, (p) => p.limitMs / p.ms),
      },
    }),
    ...(cached > 0 && {
      fromCache: {
        reason: "below bytes/bandwidth and small enough for the last-level cache: raised to bytes/bandwidth",
        count: cached,
      },
    }),
    ...(spikes.length > 0 && {
      slowerThanMoreWork: {
        reason: "above a larger batch or context on the same axis: lowered to it",
        count: spikes.length,
        worst: worst(spikes, (p) => p.ms / p.largerWorkMs),
      },
    }),
  };
  return { values: out, floors, group };
}

function coordinates(index, shape, axes) {
  let rest = index;
  return shape.map((_, axis) => {
    const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const position = Math.floor(rest / stride);
    rest %= stride;
    return axes[axis].knots[position];
  });
}

/** The refused tables of a device, each with the floor that it shows. */
export function findDistrusted(raw, { id, generation }) {
  const found = [];
  for (const table of raw.tables) {
    for (const rule of DISTRUSTED) {
      if (!applies(rule, table, generation)) continue;
      const floor = floorUs(raw, rule, table);
      if (floor === null) continue;
      found.push({
        accelerator: id,
        op: table.op,
        engine: table.engine,
        version: table.version,
        ...(rule.dtype && { dtype: Object.keys(RAW_DTYPE).find((d) => RAW_DTYPE[d] === rule.dtype) }),
        ...(rule.cache && { cache: rule.cache }),
        ...(rule.eager && { variant: "eager" }),
        ...(floor !== undefined && { floorUs: round(floor, 3) }),
        reason: rule.reason,
      });
    }
  }
  return found;
}

function applies(rule, { op, engine, version }, generation) {
  if (rule.op !== op || (rule.engine !== undefined && rule.engine !== engine)) return false;
  if (rule.versions !== undefined && !rule.versions.includes(version)) return false;
  if (rule.except?.includes(version)) return false;
  return rule.generations === undefined || rule.generations.includes(generation);
}

/** Least latency of the refused rows; undefined where the table has no latency column, null where it has no such row. */
function floorUs(raw, rule, { op, engine, version, columns }) {
  if (!("latency" in columns)) return undefined;
  let floor = Infinity;
  raw.each(op, engine, version, (get) => {
    if (rule.dtype !== undefined && (get("gemm_dtype") ?? get("moe_dtype")) !== rule.dtype) return;
    if (rule.cache !== undefined && get("kv_cache_dtype") !== rule.cache) return;
    if (rule.eager && !String(get("backend") ?? "").endsWith("eager")) return;
    floor = Math.min(floor, get("latency"));
  });
  return floor === Infinity ? null : floor * 1e3;
}
