/** Strings and lists as Python's `repr` writes them into logs. */

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** The string that begins at `at` with a quote, and where it ends; undefined where it never does. */
export function readPythonString(
  text: string,
  at: number,
): { readonly text: string; readonly end: number } | undefined {
  const quote = text[at];
  if (quote !== "'" && quote !== '"') return undefined;
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === quote) return { text: unescapePython(text.slice(at + 1, i)), end: i + 1 };
  }
  return undefined;
}

function unescapePython(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g,
    (whole, x?: string, u?: string, U?: string, one?: string) => {
      const digits = x ?? u ?? U;
      if (digits === undefined)
        return one !== undefined && Object.hasOwn(ESCAPES, one) ? (ESCAPES[one] ?? "") : whole;
      const code = Number.parseInt(digits, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
    },
  );
}

/** `name='...'` or `name: '...'` from `from` on; undefined for None and where it is missing. */
export function stringAfter(text: string, name: string, from = 0): string | undefined {
  const at = text.indexOf(name, from);
  if (at < 0) return undefined;
  let start = at + name.length;
  while (text[start] === " ") start++;
  return readPythonString(text, start)?.text;
}

/** `name=[1, 2, 3]`. A batch's list of lists is none. */
export function idsAfter(text: string, name: string, from = 0): number[] | undefined {
  const at = text.indexOf(name, from);
  if (at < 0) return undefined;
  const found = /^\s*\[([\d,\s]*)\]/.exec(text.slice(at + name.length));
  if (!found?.[1]?.trim()) return undefined;
  return found[1].split(",").map(Number);
}

export function numberAfter(text: string, name: string, from = 0): number | undefined {
  const at = text.indexOf(name, from);
  const found =
    at < 0
      ? null
      : /^\s*(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)/i.exec(text.slice(at + name.length, at + name.length + 60));
  return found?.[1] === undefined ? undefined : Number(found[1]);
}
