/** Attention cores and the absorbed products. */
import { pack, versions } from "./op-latency-pack.mjs";
import { attentionLimit, prefillLimit } from "./op-latency-physics.mjs";
import { MLA_DECODE, MLA_PREFILL } from "./op-latency-policy.mjs";

const HEADS = [4, 8, 16, 32, 64, 128];

export function mlaTables(raw, device, note) {
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
export function absorbedTable(raw) {
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
