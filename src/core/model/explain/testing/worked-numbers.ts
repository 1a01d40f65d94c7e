const SECONDS: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, min: 60, h: 3600 };

const plain = (digits: string): number => Number(digits.replaceAll(",", ""));

/** Numbers of a worked formula in its own units; times in seconds. */
export function workedNumbers(text: string): number[] {
  const simple = text.replaceAll(
    /([\d,]+)\s(min|h)\s(\d+)\s(s|min)\b/g,
    (_, a: string, large: string, b: string, small: string) =>
      `${plain(a) * (SECONDS[large] ?? 1) + plain(b) * (SECONDS[small] ?? 1)} s`,
  );
  return [...simple.matchAll(/([\d,]+(?:\.\d+)?)(?:\s(ms|s|min|h)\b)?/g)].map(
    ([, digits = "", unit]) => plain(digits) * (unit === undefined ? 1 : (SECONDS[unit] ?? 1)),
  );
}
