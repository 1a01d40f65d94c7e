/**
 * Numbers as people type them: `1.5k`, `128K`, `80GB`, `2 TB`, `1.9 TiB`, `400Gb/s`, `2s`, `1,024`.
 * Units sits below domain, so this returns undefined for "not understood" rather than a Problem.
 */
export type QuantityKind =
  "count" | "tokens" | "gib" | "bytes" | "bytesPerSecond" | "perSecond" | "milliseconds" | "ratio" | "usd";

const NUMBER =
  /^\$?\s*([0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]*\.?[0-9]+(?:e[0-9]{1,2})?)\s*([a-zµ%/]*)$/i;

/** Bare K is 1024 for tokens (128K context) and 1000 for counts: the field decides, as people mean it. */
const TOKEN_SCALES: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2 };
const COUNT_SCALES: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, b: 1e9 };
const GIB_SCALES: Readonly<Record<string, number>> = {
  "": 1,
  g: 1,
  gib: 1,
  mib: 1 / 1024,
  tib: 1024,
  t: 1024,
  gb: 1e9 / 1024 ** 3,
  mb: 1e6 / 1024 ** 3,
  tb: 1e12 / 1024 ** 3,
};
/** A bare number is bytes; the rest as on a disk's label. */
const BYTE_SCALES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  ...{ k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9, t: 1e12, tb: 1e12 },
  ...{ kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 },
};
/** Requests as people count them. */
const RATE_SCALES: Readonly<Record<string, number>> = {
  "": 1,
  ...{ "/s": 1, "/sec": 1, rps: 1, "req/s": 1, "/min": 1 / 60, "/h": 1 / 3600, k: 1e3, "k/s": 1e3 },
};
const TIME_SCALES: Readonly<Record<string, number>> = { "": 1, ms: 1, s: 1e3, us: 1e-3, µs: 1e-3, min: 6e4 };
const RATIO_SCALES: Readonly<Record<string, number>> = { "": 1, "%": 0.01 };

/** The value in the kind's base unit (tokens, GiB, B/s, ms, 0..1, USD), or undefined when not understood. */
export function parseQuantity(text: string, kind: QuantityKind): number | undefined {
  const match = NUMBER.exec(text.trim().replaceAll(/[\u00a0\u202f]/g, " "));
  if (!match) return undefined;
  const value = Number((match[1] ?? "").replaceAll(",", ""));
  const scale = scaleOf(match[2] ?? "", kind);
  if (scale === undefined || !Number.isFinite(value)) return undefined;
  const result = value * scale;
  return kind === "tokens" || kind === "count" || kind === "bytes" ? Math.round(result) : result;
}

function scaleOf(suffix: string, kind: QuantityKind): number | undefined {
  const lower = suffix.toLowerCase();
  switch (kind) {
    case "tokens":
      return TOKEN_SCALES[lower];
    case "count":
    case "usd":
      return COUNT_SCALES[lower];
    case "gib":
      return GIB_SCALES[lower];
    case "bytes":
      return BYTE_SCALES[lower];
    case "perSecond":
      return RATE_SCALES[lower];
    case "milliseconds":
      return TIME_SCALES[lower];
    case "ratio":
      return RATIO_SCALES[lower];
    case "bytesPerSecond":
      return bandwidthScale(suffix);
  }
}

/** `Gb/s` and `Gbps` are bits, `GB/s` bytes: case carries the meaning here, as on datasheets. */
function bandwidthScale(suffix: string): number | undefined {
  const match = /^([KMGT]?)(b|B)(?:\/s|ps)$/i.exec(suffix);
  if (suffix === "") return 1;
  if (!match) return undefined;
  const prefix = { "": 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }[(match[1] ?? "").toUpperCase()];
  return prefix === undefined ? undefined : prefix * (match[2] === "b" ? 1 / 8 : 1);
}
