/**
 * Shell as typed words through one quoter. A script is lines of words; a word is text that stays
 * data, whatever it holds, or one of a few expansions named here.
 */
import type { PreflightCheck, ScriptedCheck } from "../../domain/kit.ts";
import { oneLine } from "../text.ts";

/** Text, quoted where needed; a variable; a variable times a number; the number of cores; or pieces joined without a space. */
export type Word =
  | string
  | { readonly variable: string }
  | { readonly product: readonly [variable: string, factor: number] }
  | { readonly substitute: "nproc" }
  /** This machine's address: what the variable says, else the first that it has. */
  | { readonly address: string }
  | { readonly join: readonly Word[] };

export const variable = (name: string): Word => ({ variable: checkName(name) });
export const product = (name: string, factor: number): Word => {
  if (!Number.isSafeInteger(factor)) throw new RangeError(`not a whole number: ${factor}`);
  return { product: [checkName(name), factor] };
};
export const join = (...parts: readonly Word[]): Word => ({ join: parts });

const BARE = /^[A-Za-z0-9_@%+=:,./-]+$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What would end the line that a word stands in: a script keeps its lines whatever a word holds. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0001-\u001f\u007f]/;
// eslint-disable-next-line no-control-regex
const ESCAPED = /[\u0001-\u001f\u007f'\\]/g;
const escapeOf = (character: string): string =>
  /['\\]/.test(character)
    ? `\\${character}`
    : `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`;

function checkName(name: string): string {
  if (!NAME.test(name)) throw new RangeError(`not a shell name: ${JSON.stringify(name)}`);
  return name;
}

/**
 * One word of bash whose value is exactly `text`.
 *
 * Throws on NUL, which no argument can hold: callers refuse such text before.
 */
export function quote(text: string): string {
  if (text.includes("\0")) throw new RangeError("a shell word cannot hold NUL");
  if (CONTROL.test(text)) return `$'${text.replaceAll(ESCAPED, escapeOf)}'`;
  if (BARE.test(text) && !/^[A-Za-z_][A-Za-z0-9_]*=/.test(text) && !text.startsWith("~")) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function printWord(word: Word): string {
  if (typeof word === "string") return quote(word);
  if ("variable" in word) return `"\${${word.variable}}"`;
  if ("substitute" in word) return `"$(${word.substitute})"`;
  if ("address" in word) return `"\${${checkName(word.address)}:-$(hostname -I | cut -d ' ' -f 1)}"`;
  if ("product" in word) return `"$((${word.product[0]} * ${word.product[1]}))"`;
  return word.join.map(printWord).join("");
}

export const printWords = (words: readonly Word[]): string => words.map(printWord).join(" ");

/** A script being written: its lines, and why some of them stand there. */
export interface ScriptLine {
  readonly text: string;
  readonly because?: string;
  /** What it, or what it is a part of, asks of the machine. */
  readonly check?: PreflightCheck;
}

/** A line of the compiler's own shell; words of a plan never go in here. */
export const code = (text: string): ScriptLine => ({ text });
export const blank: ScriptLine = { text: "" };
export const comment = (text: string): ScriptLine => ({ text: `# ${oneLine(text)}` });
export const command = (words: readonly Word[]): ScriptLine => ({ text: printWords(words) });
export const assign = (name: string, value: Word): ScriptLine => ({
  text: `${checkName(name)}=${printWord(value)}`,
});

export interface ArrayItem {
  readonly words: readonly Word[];
  readonly because: string;
}

/** `name=( ... )`, one item a line, each with its reason as a comment. */
export function array(name: string, items: readonly ArrayItem[]): ScriptLine[] {
  return [
    { text: `${checkName(name)}=(` },
    ...items.map(({ words, because }) => ({
      text: `  ${printWords(words)}  # ${oneLine(because)}`,
      because: oneLine(because),
    })),
    { text: ")" },
  ];
}

/** Lines that make one check: whoever lists what a script checks lists what it does. */
export const checked = (check: PreflightCheck, lines: readonly ScriptLine[]): ScriptLine[] =>
  lines.map((line) => ({ ...line, check }));

/** Short by nature: their reason stands behind. How long a plan's text is must move no comment. */
const SHORT = /^ *(\w+=|free_port )/;

/**
 * Lines as a file's text with its reasons by line. A reason that no line says yet becomes a comment: what the
 * preview shows beside a line stands in the script too.
 */
export function printScript(lines: readonly ScriptLine[]): {
  text: string;
  reasons: { line: number; because: string }[];
  checks?: ScriptedCheck[];
} {
  const printed: string[] = [];
  const reasons: { line: number; because: string }[] = [];
  const checks = new Map<PreflightCheck, number[]>();
  for (const { text, because, check } of lines) {
    const reason = because === undefined ? undefined : oneLine(because);
    const said = reason === undefined || `${printed.at(-1) ?? ""}\n${text}`.includes(`# ${reason}`);
    const behind = !said && SHORT.test(text);
    if (!said && !behind) printed.push(`${/^ */.exec(text)?.[0] ?? ""}# ${reason}`);
    printed.push(behind ? `${text}  # ${reason}` : text);
    if (reason !== undefined) reasons.push({ line: printed.length, because: reason });
    if (check) checks.set(check, [...(checks.get(check) ?? []), printed.length]);
  }
  const text = `${printed.join("\n")}\n`;
  if (checks.size === 0) return { text, reasons };
  return { text, reasons, checks: [...checks].map(([check, at]) => ({ ...check, lines: at })) };
}

/** Compiler's own shell, as written; indentation of the first line is removed from all. */
export function block(text: string): ScriptLine[] {
  const lines = text
    .replace(/^\n/, "")
    .replace(/\n\s*$/, "")
    .split("\n");
  const indent = /^ */.exec(lines[0] ?? "")?.[0].length ?? 0;
  return lines.map((line) => code(line.slice(Math.min(indent, /^ */.exec(line)?.[0].length ?? 0))));
}
