/** GEMM tables: every matrix of the model at every number of shards. */
import { fillHoles, interpolate } from "./op-latency-grid.mjs";
import { pack, versions } from "./op-latency-pack.mjs";
import { gemmLimit } from "./op-latency-physics.mjs";
import { GEMM, RAW_DTYPE } from "./op-latency-policy.mjs";

const SHARDS = [1, 2, 4, 8, 16, 32];

/** GEMMs of the model by role: [n, k] at a number of shards. */
const ROLES = {
  "kv-down": { shards: [1], shape: () => [2112, 7168] },
  "query-up": { shards: SHARDS, shape: (s) => [24576 / s, 1536] },
  output: { shards: SHARDS, shape: (s) => [7168, 16384 / s] },
  "kv-up": { shards: SHARDS, shape: (s) => [32768 / s, 512] },
  "shared-up": { shards: SHARDS, shape: (s) => [4096 / s, 7168] },
  "shared-down": { shards: SHARDS, shape: (s) => [7168, 2048 / s] },
  "dense-up": { shards: SHARDS, shape: (s) => [36864 / s, 7168] },
  "dense-down": { shards: SHARDS, shape: (s) => [7168, 18432 / s] },
  router: { shards: [1], shape: () => [256, 7168], dtypes: ["bf16"] },
  "lm-head": { shards: SHARDS, shape: (s) => [129280 / s, 7168], dtypes: ["bf16"] },
  draft: { shards: SHARDS, shape: (s) => [7168 / s, 14336], dtypes: ["bf16"] },
};

export function gemmTables(raw, device, note) {
  const out = [];
  for (const [dtype, list] of Object.entries(GEMM[device.generation])) {
    const grid = gemmGrid(raw, list, RAW_DTYPE[dtype]);
    if (grid === null) continue;
    for (const [role, { shards, shape, dtypes }] of Object.entries(ROLES)) {
      if (dtypes !== undefined && !dtypes.includes(dtype)) continue;
      const table = pack({
        op: "gemm",
        key: { dtype, role },
        engine: "any",
        version: versions(list),
        axes: [
          { name: "shards", knots: shards },
          { name: "tokens", knots: grid.ms },
        ],
        ms: shards.flatMap((s) => grid.ms.map((_, i) => grid.at(i, ...shape(s)))),
        grows: [1],
        note,
        limit: ([s, m]) => gemmLimit(device, dtype, m, ...shape(s)),
      });
      if (table !== null) out.push(table);
    }
  }
  return out;
}

/** Minimum over tables on the common (m, n, k) grid, read off at any n and k. */
function gemmGrid(raw, list, rawDtype) {
  const best = new Map();
  const axes = { m: new Set(), n: new Set(), k: new Set() };
  for (const [engine, version] of list) {
    raw.each("gemm_perf", engine, version, (get) => {
      if (get("gemm_dtype") !== rawDtype) return;
      const [m, n, k] = [get("m"), get("n"), get("k")];
      axes.m.add(m);
      axes.n.add(n);
      axes.k.add(k);
      const at = `${m} ${n} ${k}`;
      best.set(at, Math.min(best.get(at) ?? Infinity, get("latency")));
    });
  }
  if (best.size === 0) return null;
  const [ms, ns, ks] = [axes.m, axes.n, axes.k].map((set) => [...set].sort((a, b) => a - b));
  const logN = ns.map(Math.log);
  const logK = ks.map(Math.log);
  const log = (m, n, k) => Math.log(best.get(`${m} ${n} ${k}`) ?? NaN);
  return {
    ms,
    at(i, n, k) {
      const byK = ks.map((kk) => {
        const row = fillHoles(
          logN,
          ns.map((nn) => log(ms[i], nn, kk)),
        );
        return row === null ? NaN : beyondLast(logN, row, Math.log(n));
      });
      const filled = fillHoles(logK, byK);
      return filled === null ? NaN : Math.exp(beyondLast(logK, filled, Math.log(k)));
    },
  };
}

/** Wider than any measured matrix: the weights stream in proportion. */
function beyondLast(logX, logY, x) {
  const last = logX.at(-1);
  return x <= last ? interpolate(logX, logY, x) : logY.at(-1) + (x - last);
}
