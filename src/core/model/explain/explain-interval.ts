import type { IntervalClass, IntervalTable } from "../../domain/intervals.ts";
import type { Ranged } from "../../domain/provenance.ts";
import { formatCount, formatFixed, formatShare } from "../../units/format.ts";
import type { SpeedMetric } from "../serving/intervals.ts";

const SAID: Readonly<Record<SpeedMetric, string>> = {
  tpot: "times per output token",
  decode: "decode speeds",
  ttft: "times to first token",
  prefill: "prefill speeds",
};

/**
 * Which measurements an interval was read from, and what they held.
 *
 * Follows the same names as `spreadOf`: the class, then the more general ones that hold it.
 */
export function explainInterval(
  table: IntervalTable | undefined,
  className: string,
  metric: SpeedMetric,
  range: Ranged,
): string {
  const [low, high] = [range.low / range.value, range.high / range.value].map((factor) =>
    formatFixed(factor, 2),
  );
  const ends = `${low} to ${high} times the value`;
  for (let name = className; ;) {
    const found = table?.classes[`${name}/${metric}`];
    if (found !== undefined) return measured(found, name, metric, ends, range);
    const cut = name.lastIndexOf("/");
    if (cut < 0) break;
    name = name.slice(0, cut);
  }
  return `${ends}: a stated guess, no measurement of this class stands behind it.`;
}

function measured(
  { low, high, records, groups, coverage }: IntervalClass,
  name: string,
  metric: SpeedMetric,
  ends: string,
  range: Ranged,
): string {
  const from = `four of five of ${formatCount(records)} measured ${SAID[metric]} from ${formatCount(groups)} source${groups === 1 ? "" : "s"} and machines left out of the fit, class ${name}`;
  const widened =
    range.high / range.value > Math.max(1, high) * 1.001 || range.low / range.value < Math.min(1, low) * 0.999
      ? "; widened, since this plan lies outside what they cover"
      : "";
  const checked = coverage === null ? "" : `; checked on groups left out, it held ${formatShare(coverage)}`;
  return `${ends}: ${from}${widened}${checked}.`;
}
