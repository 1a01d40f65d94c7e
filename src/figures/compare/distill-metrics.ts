/** What distillations are held against. */
import type { Race } from "./compare-finding.ts";
import { formatNumber, formatUsd } from "../../core/units/format.ts";
import type { DistillEstimate } from "../../core/domain/distill-estimate.ts";
import { countedRange, hoursAsMs, type MetricRow } from "./compare-metrics.ts";

export const DISTILL_METRICS: readonly MetricRow<DistillEstimate>[] = [
  {
    id: "spare",
    group: "Memory",
    name: "left where the student learns",
    kind: "bytes",
    better: "more",
    read: ({ student }) =>
      student && countedRange(student.memory.capacity - student.memory.total, student.hours.basis),
  },
  {
    id: "context",
    group: "Memory",
    name: "tokens that fit on the device",
    kind: "tokens",
    better: "more",
    read: ({ edge }) => countedRange(edge.chosen.contextTokens, "measured"),
  },
  {
    id: "device",
    group: "Speed",
    name: "on the device",
    kind: "rate",
    better: "more",
    read: ({ edge }) => edge.chosen.tokensPerSecond,
  },
  {
    id: "chain",
    group: "Speed",
    name: "from first to last",
    kind: "time",
    better: "less",
    read: ({ chain }) => chain && hoursAsMs(chain.hours),
  },
  {
    id: "learns",
    group: "Speed",
    name: "of it training",
    kind: "time",
    better: "less",
    read: ({ student }) => student && hoursAsMs(student.hours),
  },
  {
    id: "usd",
    group: "Cost",
    name: "for the whole chain",
    kind: "usd",
    better: "less",
    read: ({ chain }) => chain?.usd ?? null,
  },
  {
    id: "teacher",
    group: "Cost",
    name: "of it the teacher",
    kind: "usd",
    better: "less",
    read: ({ teacher }) => teacher?.usd ?? null,
  },
];

export const DISTILL_RACE: readonly [cost: Race, speed: Race] = [
  { id: "usd", words: (usd) => `costs least, ${formatUsd(usd)} for the whole chain` },
  { id: "device", words: (rate) => `writes fastest on its device, ${formatNumber(rate)} tok/s` },
];
