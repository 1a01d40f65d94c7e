/** What the figures of a fine-tuning run show, each as one sentence with its number. */
import type { Stage } from "../../core/domain/finetune-estimate.ts";
import { softest, type Ranged } from "../../core/domain/provenance.ts";
import { formatCount, formatFileSize, formatFixed } from "../../core/units/format.ts";

/** Stages one after another: the sum of their times, end by end. */
export function scheduleHours(stages: readonly Stage[]): Ranged {
  const sum = (end: "value" | "low" | "high") => stages.reduce((all, { hours }) => all + hours[end], 0);
  return {
    value: sum("value"),
    low: sum("low"),
    high: sum("high"),
    basis: softest(...stages.map(({ hours }) => hours.basis)),
  };
}

export function scheduleFinding(stages: readonly Stage[], unit: "min" | "h", unitHours: number): string {
  const whole = scheduleHours(stages).value;
  const train = stages.find(({ name }) => name === "Train")?.hours.value ?? 0;
  const time = `${hoursIn(whole, whole, unitHours)} ${TIME_UNITS[unit]}`;
  return train === 0
    ? `${time} pass around the training, whose own time cannot be told.`
    : `Training is ${Math.round((100 * train) / whole)} % of the ${time} from checkpoint to served file.`;
}

export const TIME_UNITS = { min: "minutes", h: "hours" } as const;

/** One unit and the same decimals for every stage of a whole. */
export const hoursIn = (hours: number, whole: number, unitHours: number): string =>
  formatFixed(hours / unitHours, whole / unitHours < 10 ? 2 : 1);

/** "40M tokens", "1.37 TB": what a stage moves; nothing where neither says anything. */
export const stageMoves = ({ bytes, tokens }: Stage): string =>
  tokens === null ? (bytes === null ? "" : formatFileSize(bytes)) : tokensWord(tokens);

/** "40M tokens", "1.5B tokens": three significant figures from a million on. */
export function tokensWord(tokens: number): string {
  const short = (n: number) => Number(n.toPrecision(3)).toLocaleString("en-US");
  if (tokens >= 1e9) return `${short(tokens / 1e9)}B tokens`;
  return tokens >= 1e6 ? `${short(tokens / 1e6)}M tokens` : `${formatCount(tokens)} tokens`;
}
