/** systemd units and environment files: two flat formats with quoting rules of their own. */
import { oneLine } from "../text.ts";

export interface UnitSection {
  readonly name: "Unit" | "Service" | "Install";
  readonly entries: readonly (readonly [key: string, value: string, because?: string])[];
}

/** A unit file. `%` is a specifier there and is doubled, except in the instance name `%i`. */
export function printUnit(
  sections: readonly UnitSection[],
  heading: readonly string[],
): { text: string; reasons: { line: number; because: string }[] } {
  const lines = heading.map((text) => `# ${oneLine(text)}`);
  const reasons: { line: number; because: string }[] = [];
  for (const { name, entries } of sections) {
    lines.push("", `[${name}]`);
    for (const [key, value, because] of entries) {
      if (because !== undefined) {
        lines.push(`# ${oneLine(because)}`);
        reasons.push({ line: lines.length + 1, because: oneLine(because) });
      }
      lines.push(`${key}=${oneLine(value).replaceAll(/%(?!i\b)/g, "%%")}`);
    }
  }
  return { text: `${lines.join("\n").trimStart()}\n`, reasons };
}

export interface EnvironmentEntry {
  readonly name: string;
  readonly value: string;
  readonly because: string;
}

/** Values that sh, systemd and compose read alike without quotes. */
const PLAIN_VALUE = /^[A-Za-z0-9_@%+=:,./-]*$/;

/**
 * `NAME=value` lines that a shell sources, systemd reads and compose loads alike.
 *
 * Throws on a value that would need quotes: the three readers disagree about them.
 */
export function printEnvironment(
  entries: readonly EnvironmentEntry[],
  heading: readonly string[],
): { text: string; reasons: { line: number; because: string }[] } {
  const lines = heading.map((text) => `# ${oneLine(text)}`);
  const reasons: { line: number; because: string }[] = [];
  for (const { name, value, because } of entries) {
    if (!/^[A-Z][A-Z0-9_]*$/.test(name) || !PLAIN_VALUE.test(value)) {
      throw new RangeError(`not a plain environment entry: ${JSON.stringify([name, value])}`);
    }
    lines.push(`# ${oneLine(because)}`, `${name}=${value}`);
    reasons.push({ line: lines.length, because: oneLine(because) });
  }
  return { text: `${lines.join("\n")}\n`, reasons };
}
