/** Fields of foreign objects, read without trusting them. */

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Own fields alone: `constructor` and `__proto__` are nobody's prompt. */
export function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

export const MOST_TOKENS = 1e7;

/** A count of tokens: whole, none negative, none absurd. */
export function asCount(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\s*\d{1,12}(\.0*)?\s*$/.test(value) ? Number(value) : value;
  const sound = typeof number === "number" && Number.isFinite(number) && number >= 0 && number <= MOST_TOKENS;
  return sound ? Math.round(number) : undefined;
}

export function asNumber(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || !/^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(value))
    return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

const STAMP =
  /^\s*(\d{4})[-/](\d\d?)[-/](\d\d?)(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?\s*$/i;

/** Year 2554 in ns. */
const LATEST_NS = 2 ** 64;

/**
 * A moment in ms: ISO 8601 and its relatives, or a number of s, ms, µs or ns by its size.
 *
 * Leaves   out zones that are names: a time without one is taken as UTC.
 */
export function asTime(value: unknown): number | undefined {
  const number = asNumber(value);
  if (number !== undefined) {
    if (number < 0 || number > LATEST_NS) return undefined;
    if (number < 1e11) return number * 1e3;
    if (number < 1e14) return number;
    return number < 1e17 ? number / 1e3 : number / 1e6;
  }
  const found = typeof value === "string" && value.length < 64 ? STAMP.exec(value) : null;
  if (!found) return undefined;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "0", zone = "Z"] = found;
  const parts = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (parts[1] < 1 || parts[1] > 12 || parts[2] < 1 || parts[2] > 31) return undefined;
  const [y, mo, d, h, mi, s] = parts;
  const sign = zone.startsWith("-") ? -1 : 1;
  const digits = zone.replaceAll(/\D/g, "").padStart(4, "0");
  const offset = sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
  return Date.UTC(y, mo - 1, d, h, mi, s) + Number(`0.${fraction}`) * 1e3 - offset * 60_000;
}

/** Numbers this small count from the file's own zero. */
export const isCalendar = (ms: number): boolean => ms >= 1e11;
