/**
 * What published run scripts and recipes say of a campaign's runs that its records leave out:
 * planner-data/measurements/run-settings.json, transcribed by hand, a rule for each statement with the file
 * and commit that makes it. Later rules win.
 */

const LAYOUT = new Set(["ep", "dpAttention"]);

/** Whether a rule speaks of a record of the InferenceX campaign. */
function speaksOf({ when }, { source, date, plan }) {
  if (!source.includes("InferenceX")) return false;
  const { cluster, layout, workload } = plan;
  const pools = layout.disaggregated;
  const clients = workload.concurrency;
  const known = {
    engine: plan.engine,
    accelerator: cluster.accelerator,
    weights: plan.weights,
    service: pools ? "disaggregated" : "aggregated",
    tp: layout.tp,
    inputTokens: workload.inputTokens,
    outputTokens: workload.outputTokens,
    prefillReplicas: pools?.prefillReplicas,
    decodeReplicas: pools?.decodeReplicas,
    decodeGpus: pools?.decode.gpus,
    attentionDp: (layout.dpAttention ?? 1) > 1,
  };
  return Object.entries(when).every(([key, value]) => {
    if (key === "before") return date < value;
    if (key === "from") return date >= value;
    if (key === "concurrency") return value.includes(clients);
    if (key === "concurrencyAbove") return clients > value;
    if (!(key in known)) throw new Error(`run-settings.json: unknown condition ${key}`);
    return known[key] === value;
  });
}

/** `runtime` with the published settings; what a run states itself stays. */
export function withSettings(record, rules) {
  const settings = {};
  const layout = {};
  const files = new Set();
  for (const rule of rules) {
    if (!speaksOf(rule, record)) continue;
    for (const [key, value] of Object.entries(rule.set)) (LAYOUT.has(key) ? layout : settings)[key] = value;
    files.add(`${rule.from.repository}@${rule.from.commit.slice(0, 12)}:${rule.from.path}`);
  }
  if (files.size === 0) return record.runtime;
  return {
    ...settings,
    ...record.runtime,
    ...(Object.keys(layout).length > 0 ? { publishedLayout: layout } : {}),
    settingsFrom: [...files],
  };
}
