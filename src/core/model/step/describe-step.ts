/** Turns a pass into rows of a waterfall: time, physical limit, what binds, how hard the number is. */
import { moeLayerCount } from "../../domain/architecture.ts";
import { softest, type EstimateBasis } from "../../domain/provenance.ts";
import type { Bound, OperatorTime, StepTime } from "../../domain/step.ts";
import type { GpuPass } from "./gpu-pass.ts";
import { SLOT, SLOT_COUNT, SLOT_NAMES, type Slot } from "./slots.ts";

/** An operator this many times slower than its limit is bound by launches and latency. */
const LATENCY_BOUND_RATIO = 4;
/** An operator with less of the step than this does not soften the step's basis. */
const SOFTENING_SHARE = 0.05;

/**
 * The operators of one step with their limits.
 *
 * Shape    decode: `count` sequences at `tokens` of context; prefill: `count` prompts of `tokens` new ones.
 * Per      instance.
 */
export function describeStep(
  pass: GpuPass,
  kind: "decode" | "prefill",
  count: number,
  tokens: number,
  cachedTokens: number,
  basis: EstimateBasis,
): StepTime {
  const ms = new Float64Array(SLOT_COUNT);
  const limits = new Float64Array(SLOT_COUNT);
  if (kind === "decode") {
    pass.decode(ms, count, tokens, false);
    pass.decode(limits, count, tokens, true);
  } else {
    pass.prefill(ms, count, tokens, cachedTokens, false);
    pass.prefill(limits, count, tokens, cachedTokens, true);
  }
  const operators: OperatorTime[] = [];
  let totalMs = 0;
  SLOT_NAMES.forEach((name, slot) => {
    const time = ms[slot] as number;
    totalMs += time;
    if (time === 0) return;
    const limit = limits[slot] as number;
    const { id, name: label, hue } = name;
    const bound = boundOf(pass, slot as Slot, kind, time, limit, count, tokens);
    const operatorBasis = basisOf(pass, slot as Slot, kind, count, tokens);
    const calls = callsOf(pass, slot as Slot);
    // written out: a spread of what may be absent takes longer than the operator's own time
    if (slot === SLOT.host) {
      operators.push({ id, name: label, hue, ms: time, bound, basis: operatorBasis });
    } else if (calls === null) {
      operators.push({ id, name: label, hue, ms: time, limitMs: limit, bound, basis: operatorBasis });
    } else {
      const timed = { id, name: label, hue, ms: time, limitMs: limit, bound, basis: operatorBasis };
      operators.push({ ...timed, count: calls });
    }
  });
  return {
    kind,
    batch: kind === "decode" ? count : count * tokens,
    contextTokens: kind === "decode" ? tokens : cachedTokens + tokens,
    totalMs,
    operators,
    basis: softest(
      basis,
      ...operators.filter((o) => o.ms >= SOFTENING_SHARE * totalMs).map((operator) => operator.basis),
    ),
  };
}

/** Basis of a decode step: what `describeStep` says of it, without the waterfall. */
export function decodeBasis(
  pass: GpuPass,
  count: number,
  tokens: number,
  basis: EstimateBasis,
  ms: Float64Array,
): EstimateBasis {
  pass.decode(ms, count, tokens, false);
  let totalMs = 0;
  for (let slot = 0; slot < SLOT_COUNT; slot++) totalMs += ms[slot] as number;
  let worst = basis;
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const time = ms[slot] as number;
    if (time === 0 || time < SOFTENING_SHARE * totalMs) continue;
    worst = softest(worst, basisOf(pass, slot as Slot, "decode", count, tokens));
  }
  return worst;
}

function boundOf(
  pass: GpuPass,
  slot: Slot,
  kind: StepTime["kind"],
  ms: number,
  limitMs: number,
  count: number,
  tokens: number,
): Bound {
  if (slot === SLOT.host) return "host";
  if (ms > LATENCY_BOUND_RATIO * limitMs) return "latency";
  const { operators: o, layout } = pass;
  const perRank = Math.max(1, count / layout.stages / layout.attentionDp);
  const rows = (kind === "decode" ? perRank : perRank * tokens) * (1 + layout.draftTokens);
  switch (slot) {
    case SLOT.allReduce:
    case SLOT.allToAll:
    case SLOT.pipeline:
      return "network";
    case SLOT.attention:
      return (kind === "decode" ? o.decodeCore : o.prefillCore).boundAt(perRank, tokens);
    case SLOT.experts:
      return o.experts.boundAt(rows * layout.attentionDp);
    case SLOT.projections:
      return o.output.boundAt(rows);
    case SLOT.shared:
      return o.sharedUp.boundAt(rows);
    case SLOT.dense:
      return o.denseUp.boundAt(rows);
    case SLOT.head:
      return o.head.boundAt(perRank);
    default:
      return "bandwidth";
  }
}

function basisOf(
  pass: GpuPass,
  slot: Slot,
  kind: StepTime["kind"],
  count: number,
  tokens: number,
): EstimateBasis {
  const { operators: o, layout } = pass;
  const perRank = Math.max(1, count / layout.stages / layout.attentionDp);
  const rows =
    (kind === "decode" ? perRank : Math.min(perRank * tokens, pass.settings.chunkTokens)) *
    (1 + layout.draftTokens);
  switch (slot) {
    case SLOT.experts:
      return o.experts.basisAt(rows * layout.attentionDp);
    case SLOT.attention:
      return kind === "decode"
        ? o.decodeCore.basisAt(perRank, tokens / layout.contextShards)
        : o.prefillCore.basisAt(perRank, tokens);
    case SLOT.projections:
      return softest(o.output.basisAt(rows), o.queryUp.basisAt(rows), o.kvDown.basisAt(rows));
    case SLOT.shared:
      return o.sharedUp.basisAt(rows);
    case SLOT.dense:
      return o.denseUp.basisAt(rows);
    case SLOT.router:
      return o.router.basisAt(rows);
    case SLOT.head:
      return o.head.basisAt(perRank);
    case SLOT.allReduce:
      return o.tensorReduce.basis;
    case SLOT.allToAll:
      return o.exchange?.basis ?? "calibrated";
    case SLOT.host:
      return "calibrated";
    case SLOT.elementwise:
      return o.profile.tokenLayerMs === undefined ? "assumed" : o.profile.basis;
    case SLOT.pipeline:
      return "assumed";
  }
}

function callsOf(pass: GpuPass, slot: Slot): number | null {
  const { layerCount } = pass.architecture;
  const moe = moeLayerCount(pass.architecture);
  if (slot === SLOT.allReduce) return (pass.operators.exchange === null ? 2 : 1) * layerCount;
  if (slot === SLOT.allToAll) return 2 * moe;
  if (slot === SLOT.experts || slot === SLOT.shared || slot === SLOT.router) return moe;
  return slot === SLOT.attention ? layerCount : null;
}
