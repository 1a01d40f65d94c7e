/**
 * The one place that prints quantities (DESIGN-LANGUAGE: memory in GiB, files in GB, ms below 10 s,
 * cents below $100, thousands with commas, three significant figures for predictions).
 */
import { GIB } from "./quantity.ts";

/** Between a number and its unit: never a line break. The narrow one all but vanishes in the page's type. */
export const UNIT_SPACE = "\u00a0";
export const MINUS = "\u2212";

/** `digits` significant figures, never scientific, thousands with commas: 1935 → "1,935" at 3 (integers stay whole). */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return "unknown";
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.max(0, Math.min(8, digits - 1 - magnitude));
  return formatFixed(value, decimals);
}

/** A fixed number of decimals, with commas and a true minus. */
export function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return "unknown";
  const [whole = "0", fraction] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const text = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value < 0 && Number(text.replaceAll(",", "")) !== 0 ? MINUS + text : text;
}

/** A whole count: 635648 → "635,648". */
export const formatCount = (value: number): string => formatFixed(value, 0);

/** Bytes as GiB with one decimal, without the unit: columns carry it in their head. */
export const formatGib = (bytes: number, decimals = 1): string => formatFixed(bytes / GIB, decimals);

/** Bytes as "140.4 GiB". */
export const formatMemory = (bytes: number): string => `${formatGib(bytes)}${UNIT_SPACE}GiB`;

/** File sizes: "404 GB", "13.2 kB". */
export function formatFileSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"] as const;
  let scaled = bytes;
  let index = 0;
  while (scaled >= 999.5 && index < units.length - 1) {
    scaled /= 1000;
    index += 1;
  }
  const text = index === 0 ? formatCount(scaled) : formatNumber(scaled);
  return `${text}${UNIT_SPACE}${units[index] ?? "B"}`;
}

/** Milliseconds as "421 ms", "12.3 s", "4 min 23 s", "3 h 05 min". */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return "unknown";
  if (ms < 9_995) return `${formatNumber(ms)}${UNIT_SPACE}ms`;
  if (ms < 119_500) return `${formatNumber(ms / 1e3)}${UNIT_SPACE}s`;
  const seconds = Math.round(ms / 1e3);
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}${UNIT_SPACE}min ${seconds % 60}${UNIT_SPACE}s`;
  const minutes = Math.round(seconds / 60);
  return `${formatCount(Math.floor(minutes / 60))}${UNIT_SPACE}h ${String(minutes % 60).padStart(2, "0")}${UNIT_SPACE}min`;
}

/** The unit that a duration is told in where its range must share it, and what makes it of milliseconds. */
export function durationUnit(ms: number): readonly [unit: "ms" | "s" | "min" | "h", scale: number] {
  if (ms < 9_995) return ["ms", 1];
  if (ms < 119_500) return ["s", 1e-3];
  return ms < 7_200_000 ? ["min", 1 / 60_000] : ["h", 1 / 3_600_000];
}

/** Hours as `formatDuration` has them. */
export const formatHours = (hours: number): string => formatDuration(hours * 3.6e6);

/** "$4.59", "$138", "$23,300". */
export function formatUsd(usd: number): string {
  if (!Number.isFinite(usd)) return "unknown";
  const text = formatFixed(Math.abs(usd), Math.abs(usd) < 99.995 ? 2 : 0);
  return usd < 0 ? `${MINUS}$${text}` : `$${text}`;
}

/** A share 0..1 as "53 %". */
export const formatShare = (share: number): string => `${formatFixed(share * 100, 0)}${UNIT_SPACE}%`;

/** A relative change with its sign: +75 %, −10 %, ±0 %. */
export function formatChange(share: number): string {
  const percent = formatShare(Math.abs(share));
  const sign = percent === formatShare(0) ? "±" : share > 0 ? "+" : MINUS;
  return sign + percent;
}

/** Tokens in short form for sentences: 1024 → "1K", 1536 → "1.5K", 131072 → "128K", 1000 → "1,000". */
export function formatTokensShort(tokens: number): string {
  if (tokens >= 1024 && tokens % 512 === 0)
    return `${formatFixed(tokens / 1024, tokens % 1024 === 0 ? 0 : 1)}K`;
  return formatCount(tokens);
}

/** `low – high` with the same decimals as the value would have. */
export function formatRange(low: number, high: number, digits = 3): string {
  const magnitude = high === 0 ? 0 : Math.floor(Math.log10(Math.abs(high)));
  const decimals = Math.max(0, digits - 1 - magnitude);
  return `${formatFixed(low, decimals)} – ${formatFixed(high, decimals)}`;
}
