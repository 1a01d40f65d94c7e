/** Collectives: all-reduce and DeepEP. */
import { pack } from "./op-latency-pack.mjs";

/** Fastest of all; and NCCL alone, for groups that custom kernels do not reach. */
export function allReduceTables(raw) {
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
export function deepEpTable(raw) {
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
