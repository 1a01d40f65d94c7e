/** The Modelfile: one instruction a line, its reason on the line above, and the family's chat format. */
import type { ConfigFile } from "../ir.ts";
import { oneLine } from "../text.ts";

export interface ModelfileParameter {
  readonly name: string;
  readonly value: string | number | boolean;
  readonly because: string;
}

const USER = "<\uff5cUser\uff5c>";
const ASSISTANT = "<\uff5cAssistant\uff5c>";
export const END_OF_SENTENCE = "<\uff5cend\u2581of\u2581sentence\uff5c>";

/** What stands behind the assistant's mark where an answer begins: the models of the family differ in this alone. */
const OPENING: Readonly<Record<string, string>> = {
  "deepseek-r1": "<think>\n",
  "deepseek-r1-0528": "<think>\n",
  "deepseek-v3.1": "</think>",
  "deepseek-v3.1-terminus": "</think>",
};

/** The family's chat format as a Go template; the tokenizer itself puts the begin-of-sentence mark. */
export function chatTemplate(model: string): string {
  const opening = OPENING[model] ?? "";
  const last = "{{- $last := eq (len (slice $.Messages $i)) 1 }}";
  return [
    "{{- range $i, $_ := .Messages }}",
    last,
    '{{- if eq .Role "system" }}{{ .Content }}',
    `{{- else if eq .Role "user" }}${USER}{{ .Content }}`,
    `{{- else if eq .Role "assistant" }}${ASSISTANT}{{ .Content }}{{ if not $last }}${END_OF_SENTENCE}{{ end }}`,
    "{{- end }}",
    `{{- if and $last (ne .Role "assistant") }}${ASSISTANT}${opening}{{ end }}`,
    "{{- end }}",
  ].join("\n");
}

/**
 * A value as the Modelfile's reader takes it back.
 *
 * Throws on what its quotes cannot hold: nothing in there can be escaped.
 */
export function modelfileValue(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  if (/["\r\n\0]/.test(value)) throw new RangeError(`no Modelfile holds ${JSON.stringify(value)}`);
  return /^[A-Za-z0-9._/-]+$/.test(value) ? value : `"${value}"`;
}

/** Between three quotes, line breaks and all. */
function quoted(text: string): string {
  if (text.includes('"""') || text.endsWith('"')) throw new RangeError("a template cannot hold three quotes");
  return `"""${text}"""`;
}

export function modelfile(
  heading: string,
  from: { readonly file: string; readonly because: string },
  /** Null: the file brings its own. */
  template: { readonly text: string; readonly because: string } | null,
  parameters: readonly ModelfileParameter[],
): ConfigFile {
  const lines = [`# ${oneLine(heading)}`, ""];
  const reasons: { line: number; because: string }[] = [];
  const say = (instruction: string, because: string): void => {
    lines.push(`# ${oneLine(because)}`);
    reasons.push({ line: lines.length + 1, because: oneLine(because) });
    lines.push(...instruction.split("\n"));
  };
  say(`FROM ${modelfileValue(`./${from.file}`)}`, from.because);
  if (template !== null) say(`TEMPLATE ${quoted(template.text)}`, template.because);
  for (const { name, value, because } of parameters)
    say(`PARAMETER ${name} ${modelfileValue(value)}`, because);
  return {
    name: "Modelfile",
    text: `${lines.join("\n")}\n`,
    reasons,
    entries: [
      { flag: "FROM", value: `./${from.file}`, because: from.because },
      ...(template === null ? [] : [{ flag: "TEMPLATE", because: template.because }]),
      ...parameters.map(({ name, value, because }) => ({
        flag: `PARAMETER ${name}`,
        value: String(value),
        because,
      })),
    ],
  };
}
