/** Builds every table of one device. */
import {
  alongAxis,
  chooseKnots,
  fillHoles,
  interpolate,
  leaveOneOut,
  lowered,
  raised,
  round,
  take,
} from "./op-latency-grid.mjs";
import { GEMM, MLA_DECODE, MLA_PREFILL, MOE, RAW_DTYPE } from "./op-latency-policy.mjs";
import { checkPhysics } from "./op-latency-outliers.mjs";
import { attentionLimit, gemmLimit, moeLimit, prefillLimit } from "./op-latency-physics.mjs";

const HEADS = [4, 8, 16, 32, 64, 128];
const SHARDS = [1, 2, 4, 8, 16, 32];
const RESAMPLE = {
  tokens: { tolerance: 0.015, most: 22 },
  context: { tolerance: 0.015, most: 14 },
  elements: { tolerance: 0.02, most: 20 },
  sequences: { tolerance: 0.02, most: 11 },
};

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

export function buildDevice(raw, device) {
  const points = [];
  const note = (group) => group !== null && points.push({ accelerator: device.id, ...group });
  const tables = [
    ...gemmTables(raw, device, note),
    ...moeTables(raw, device, note),
    ...mlaTables(raw, device, note),
    ...absorbedTable(raw),
    ...allReduceTables(raw),
    ...deepEpTable(raw),
  ];
  return { tables, points };
}

/** Repairs, resamples and packs one grid of latencies in ms (NaN: hole). `grows`: axes of work. */
function pack({ op, key, engine, version, axes, ms, grows, note, limit, steepest = 1.2 }) {
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

const versions = (list) =>
  `min ${[...new Set(list.map(([engine, version]) => `${engine} ${version}`))].join(", ")}`;

function gemmTables(raw, device, note) {
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

const MOE_TP = [1, 2, 4, 8, 16, 32];
const MOST_RANKS = 256;

function moeTables(raw, device, note) {
  const out = [];
  for (const [dtype, variants] of Object.entries(MOE[device.generation])) {
    for (const variant of variants) {
      const cell = moeCells(raw, variant.tables, RAW_DTYPE[dtype]);
      if (cell.tokens.length === 0) continue;
      for (const tp of MOE_TP) {
        for (const phase of variant.prefillMinOfTpAndEp && tp > 1 ? ["", "prefill"] : [""]) {
          const table = moeTable({ device, dtype, variant, cell, tp, phase, note });
          if (table !== null) out.push(table);
        }
      }
    }
  }
  return out;
}

function moeTable({ device, dtype, variant, cell, tp, phase, note }) {
  const eps = cell.ranks.filter(
    (ep) => tp * ep <= MOST_RANKS && cell.count(tp, ep) >= cell.tokens.length / 2,
  );
  if (eps.length === 0) return null;
  const at = (t, ep) => {
    const own = cell.at(t, tp, ep);
    if (phase !== "prefill" || t < 512) return own;
    const spread = cell.at(t, 1, tp * ep);
    return Number.isNaN(spread) ? own : Math.min(own, spread);
  };
  return pack({
    op: "moe",
    key: { dtype, engine: variant.engine, tp, ...(phase === "" ? {} : { phase }) },
    engine: variant.engine,
    version: versions(variant.tables),
    axes: [
      { name: "ranks", knots: eps },
      { name: "tokens", knots: cell.tokens },
    ],
    ms: eps.flatMap((ep) => cell.tokens.map((t) => at(t, ep))),
    grows: [1],
    note,
    limit: ([ep, t]) => moeLimit(device, dtype, t, tp, ep),
  });
}

function moeCells(raw, list, rawDtype) {
  const best = new Map();
  const tokens = new Set();
  const ranks = new Set();
  for (const [engine, version] of list) {
    raw.each("moe_perf", engine, version, (get) => {
      if (get("moe_dtype") !== rawDtype || get("distribution") !== "power_law_1.01") return;
      const [t, tp, ep] = [get("num_tokens"), get("moe_tp_size"), get("moe_ep_size")];
      tokens.add(t);
      ranks.add(ep);
      const at = `${t} ${tp} ${ep}`;
      best.set(at, Math.min(best.get(at) ?? Infinity, get("latency")));
    });
  }
  const sorted = [...tokens].sort((a, b) => a - b);
  const at = (t, tp, ep) => best.get(`${t} ${tp} ${ep}`) ?? NaN;
  return {
    tokens: sorted,
    ranks: [...ranks].sort((a, b) => a - b),
    at,
    count: (tp, ep) => sorted.filter((t) => !Number.isNaN(at(t, tp, ep))).length,
  };
}

function mlaTables(raw, device, note) {
  const out = [];
  for (const [cache, list] of Object.entries(MLA_DECODE[device.generation])) {
    const grid = mlaGrid(raw, "generation_mla_perf", list, (get) => get("step") + 1);
    out.push(
      grid &&
        pack({
          op: "mla-decode",
          key: { cache },
          engine: "any",
          version: versions(list),
          ...grid,
          axes: [
            grid.heads,
            { name: "sequences", knots: grid.batches },
            { name: "context", knots: grid.lengths },
          ],
          grows: [1, 2],
          note,
          limit: ([h, b, c]) => attentionLimit(device, h, b, c, cache === "fp8" ? 1 : 2),
        }),
    );
  }
  const list = MLA_PREFILL[device.generation];
  const grid = mlaGrid(raw, "context_mla_perf", list, (get) => get("isl"));
  out.push(
    grid &&
      pack({
        op: "mla-prefill",
        steepest: 2,
        key: {},
        engine: "any",
        version: versions(list),
        ...grid,
        axes: [
          grid.heads,
          { name: "sequences", knots: grid.batches },
          { name: "context", knots: grid.lengths },
        ],
        grows: [1, 2],
        note,
        limit: ([h, b, n]) => prefillLimit(device, h, b, n),
      }),
  );
  return out.filter(Boolean);
}

function mlaGrid(raw, op, list, length) {
  const best = new Map();
  const heads = new Set();
  const batches = new Set();
  const lengths = new Set();
  for (const [engine, version, cache] of list) {
    raw.each(op, engine, version, (get) => {
      if (get("kv_cache_dtype") !== cache || !HEADS.includes(get("num_heads"))) return;
      const [h, b, c] = [get("num_heads"), get("batch_size"), length(get)];
      heads.add(h);
      batches.add(b);
      lengths.add(c);
      const at = `${h} ${b} ${c}`;
      best.set(at, Math.min(best.get(at) ?? Infinity, get("latency")));
    });
  }
  if (best.size === 0) return null;
  const [hs, bs, ls] = [heads, batches, lengths].map((set) => [...set].sort((a, b) => a - b));
  return {
    heads: { name: "heads", knots: hs },
    batches: bs,
    lengths: ls,
    ms: hs.flatMap((h) => bs.flatMap((b) => ls.map((c) => best.get(`${h} ${b} ${c}`) ?? NaN))),
  };
}

/** Both absorbed products, BF16, fastest of all engines. */
function absorbedTable(raw) {
  const parts = { mla_gen_pre: new Map(), mla_gen_post: new Map() };
  const tokens = new Set();
  for (const { engine, version } of raw.tables.filter((t) => t.op === "mla_bmm_perf")) {
    raw.each("mla_bmm_perf", engine, version, (get) => {
      if (get("bmm_dtype") !== "bfloat16" || !HEADS.includes(get("num_heads"))) return;
      tokens.add(get("num_tokens"));
      const part = parts[get("op_name")];
      const at = `${get("num_heads")} ${get("num_tokens")}`;
      part?.set(at, Math.min(part.get(at) ?? Infinity, get("latency")));
    });
  }
  const sorted = [...tokens].sort((a, b) => a - b);
  if (sorted.length === 0) return [];
  const at = (h, t) =>
    (parts.mla_gen_pre.get(`${h} ${t}`) ?? NaN) + (parts.mla_gen_post.get(`${h} ${t}`) ?? NaN);
  const table = pack({
    op: "absorbed",
    key: {},
    engine: "any",
    version: "min of all",
    axes: [
      { name: "heads", knots: HEADS },
      { name: "tokens", knots: sorted },
    ],
    ms: HEADS.flatMap((h) => sorted.map((t) => at(h, t))),
    grows: [1],
  });
  return table === null ? [] : [table];
}

/** Fastest of all; and NCCL alone, for groups that custom kernels do not reach. */
function allReduceTables(raw) {
  const nccl = reduceTable(raw, { kind: "nccl" }, "NCCL", (op) => op === "nccl_perf");
  const all = reduceTable(raw, {}, "min of custom (graph) and NCCL", () => true);
  return [all, nccl].filter((table) => table !== null);
}

function reduceTable(raw, key, version, wanted) {
  const best = new Map();
  const gpus = new Set();
  const sizes = new Set();
  const add = (get) => {
    const [g, s] = [get("num_gpus"), get("message_size")];
    gpus.add(g);
    sizes.add(s);
    best.set(`${g} ${s}`, Math.min(best.get(`${g} ${s}`) ?? Infinity, get("latency")));
  };
  for (const { op, engine, version: of } of raw.tables.filter((t) => wanted(t.op))) {
    if (op === "custom_allreduce_perf") {
      raw.each(op, engine, of, (get) => {
        if (!String(get("backend") ?? "").endsWith("eager")) add(get);
      });
    } else if (op === "nccl_perf") {
      raw.each(op, engine, of, (get) => {
        if (get("op_name") === "all_reduce" && get("nccl_dtype") === "half") add(get);
      });
    }
  }
  const [gs, ss] = [gpus, sizes].map((set) => [...set].sort((a, b) => a - b));
  if (gs.length === 0) return null;
  return pack({
    op: "all-reduce",
    key,
    engine: "any",
    version,
    axes: [
      { name: "gpus", knots: gs },
      { name: "elements", knots: ss },
    ],
    ms: gs.flatMap((g) => ss.map((s) => best.get(`${g} ${s}`) ?? NaN)),
    grows: [1],
  });
}

/** Dispatch and combine of DeepEP's low-latency mode, by nodes of eight and tokens of a rank. */
function deepEpTable(raw) {
  const best = new Map();
  const nodes = new Set();
  const tokens = new Set();
  for (const { engine, version } of raw.tables.filter((t) => t.op === "wideep_deepep_ll_perf")) {
    raw.each("wideep_deepep_ll_perf", engine, version, (get) => {
      if (get("num_topk") !== 8 || get("num_experts") > 288) return;
      nodes.add(get("node_num"));
      tokens.add(get("num_token"));
      const at = `${get("node_num")} ${get("num_token")}`;
      const ms = (get("dispatch_avg_t_us") + get("combine_avg_t_us")) / 1e3;
      best.set(at, Math.min(best.get(at) ?? Infinity, ms));
    });
  }
  const [ns, ts] = [nodes, tokens].map((set) => [...set].sort((a, b) => a - b));
  if (ns.length < 2) return [];
  const table = pack({
    op: "deepep-low-latency",
    key: {},
    engine: "sglang",
    version: "min of all",
    axes: [
      { name: "nodes", knots: ns },
      { name: "tokens", knots: ts },
    ],
    ms: ns.flatMap((n) => ts.map((t) => best.get(`${n} ${t}`) ?? NaN)),
    grows: [1],
  });
  return table === null ? [] : [table];
}
