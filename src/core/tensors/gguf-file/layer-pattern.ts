/** A set of layer numbers as the shortest regular expression of digits, classes and alternatives that we know. */

/** `[3-6]`, `7`, `[0-258]`. */
function digitClass(digits: readonly number[]): string {
  if (digits.length === 1) return String(digits[0]);
  let text = "";
  for (let i = 0; i < digits.length; i++) {
    let j = i;
    while (digits[j + 1] === (digits[j] ?? 0) + 1) j++;
    text += j - i >= 2 ? `${digits[i]}-${digits[j]}` : digits.slice(i, j + 1).join("");
    i = j;
  }
  return `[${text}]`;
}

/**
 * `[3, 4, 10, 11, ..., 19, 20, ..., 29]` becomes `[34]|[12][0-9]`; the empty list `""`.
 *
 * Tens that have the same units share a class. Numbers below 1000, each once, in order.
 */
export function layerPattern(layers: readonly number[]): string {
  const unitsByTens = new Map<number, number[]>();
  for (const layer of layers) {
    const tens = Math.floor(layer / 10);
    unitsByTens.set(tens, [...(unitsByTens.get(tens) ?? []), layer % 10]);
  }
  const tensByUnits = new Map<string, number[]>();
  const parts: string[] = [];
  for (const [tens, units] of unitsByTens) {
    const text = digitClass(units);
    if (tens === 0) parts.push(text);
    else if (tens > 9) parts.push(`${tens}${text}`);
    else tensByUnits.set(text, [...(tensByUnits.get(text) ?? []), tens]);
  }
  for (const [text, tens] of tensByUnits) parts.push(`${digitClass(tens)}${text}`);
  return parts.join("|");
}
