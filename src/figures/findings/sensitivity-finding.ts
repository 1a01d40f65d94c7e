import type { SensitivityMetric } from "../../core/domain/sensitivity.ts";
import type { Tornado, TornadoCase } from "../tornado.ts";
import { list, times, typesetTimes } from "./words.ts";

const SAID: Readonly<Record<SensitivityMetric, string>> = {
  perUser: "Speed per user",
  total: "Throughput",
  ttft: "Time to first token",
  cost: "Cost",
};

/** Which input moves the metric most, in one sentence with numbers. */
export function sensitivityFinding(tornado: Tornado | null, metric: SensitivityMetric): string {
  if (tornado === null) return `${SAID[metric]} of this plan cannot be told.`;
  const [first, second] = tornado.rows;
  if (first === undefined) return `No input that was tried moves ${SAID[metric].toLowerCase()}.`;
  const ends = [first.low, first.high].flatMap((end) => (end ? [endWords(end, tornado.base)] : []));
  const next =
    second === undefined ? "" : `; then ${nameOf(second.input.name)}, ${times(second.swing)} from end to end`;
  return `${SAID[metric]} hangs most on ${nameOf(first.input.name)}: ${list(ends)}${next}.`;
}

const endWords = ({ case: { label }, value }: TornadoCase, base: number): string =>
  `${ratioWords(value / base)} with ${typesetTimes(label)}`;

const ratioWords = (ratio: number): string =>
  ratio < 0.095 ? `${(ratio * 100).toFixed(0)} %` : times(ratio);

const nameOf = (name: string): string =>
  /^[A-Z][a-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name;
