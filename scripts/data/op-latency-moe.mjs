/** Routed experts: one table a dtype and expert-TP size, over expert ranks and tokens. */
import { pack, versions } from "./op-latency-pack.mjs";
import { moeLimit } from "./op-latency-physics.mjs";
import { MOE, RAW_DTYPE } from "./op-latency-policy.mjs";

const MOE_TP = [1, 2, 4, 8, 16, 32];
const MOST_RANKS = 256;

export function moeTables(raw, device, note) {
  const out = [];
  for (const [dtype, variants] of Object.entries(MOE[device.generation])) {
    for (const variant of variants) {
      const cell = moeCells(raw, variant.tables, RAW_DTYPE[dtype], variant.routing ?? "power_law_1.01");
      if (cell.tokens.length === 0) continue;
      for (const tp of variant.tp ?? MOE_TP) {
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

function moeCells(raw, list, rawDtype, routing) {
  const best = new Map();
  const tokens = new Set();
  const ranks = new Set();
  for (const [engine, version] of list) {
    raw.each("moe_perf", engine, version, (get) => {
      if (get("moe_dtype") !== rawDtype || get("distribution") !== routing) return;
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
