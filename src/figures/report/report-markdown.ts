/** The report as Markdown: for a ticket, a wiki, a decision record. */
import type { Report, ReportRow, ReportTable } from "./report-document.ts";

export interface ReportText {
  readonly sentence: string;
  /** How much is left, or what is short. */
  readonly verdict: string;
  /** The whole address that opens the plan. */
  readonly address: string;
  readonly made: string;
  readonly sources: readonly {
    readonly title: string;
    readonly url?: string;
    readonly retrieved: string;
    readonly of: readonly string[];
  }[];
}

export function reportMarkdown(report: Report, text: ReportText): string {
  const parts = [
    `# ${plain(text.sentence)}`,
    `**${report.word}.** ${plain(text.verdict)}`.trimEnd(),
    ...report.problems.map((problem) => `- ${plain(problem)}`),
    report.numbers.length > 0
      ? table(
          ["", "estimate", "80 % interval", "basis"],
          report.numbers.map(({ name, value, interval, basis, breach }) => ({
            cells: [breach === null ? name : `${name} (${breach})`, value, interval, basis],
          })),
        )
      : "",
    report.limit === null ? "" : plain(report.limit),
    ...report.tables.map(section),
    `## Assumptions\n\n${[...report.assumptions.map((words) => `- ${plain(words)}`), ...report.notes.map(noteLine)].join("\n")}`,
    text.sources.length > 0 ? `## Sources\n\n${text.sources.map(sourceLine).join("\n")}` : "",
    `## Link\n\n<${text.address}>\n\nMade with Fathom on ${text.made}; the link gives these numbers again and every one behind them.`,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function section({ name, lead, head, rows }: ReportTable): string {
  return [`## ${plain(name)}`, ...(lead === undefined ? [] : [`${plain(lead)}.`]), table(head, rows)].join(
    "\n\n",
  );
}

function noteLine({ kind, message, path }: Report["notes"][number]): string {
  const field = path === undefined ? "" : ` (\`${path.replaceAll("`", "")}\`)`;
  return `- ${kind === "warning" ? "Warning: " : ""}${plain(message)}${field}`;
}

function sourceLine({ title, url, retrieved, of }: ReportText["sources"][number]): string {
  const name =
    url === undefined || !/^https:\/\/[^\s()<>]+$/.test(url) ? plain(title) : `[${plain(title)}](${url})`;
  return `- ${name}, read ${retrieved}: ${plain(of.join(", "))}`;
}

function table(head: readonly string[], rows: readonly ReportRow[]): string {
  const line = (cells: readonly string[]) =>
    `| ${head.map((_, i) => plain(cells[i] ?? "").replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = `| ${head.map((_, i) => (i === 0 ? "---" : "---:")).join(" | ")} |`;
  return [line(head), rule, ...rows.map(({ cells }) => line(cells))].join("\n");
}

/** Words of a plan may come from a stranger's link: they stay words, on one line. */
const plain = (text: string): string => text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_[\]<>#]/g, "\\$&");
