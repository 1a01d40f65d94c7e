/** LICENSES.md: what the kit fetches and whose figures it stands on. */
import { markdownText, urlText } from "../text.ts";
import type { Draft, Parts } from "./draft.ts";

export function licencesFile({ ir }: Parts): Draft {
  const rows = ir.sources.map(({ title, licence, url, retrieved }) => {
    const link = url === undefined ? "" : `<${urlText(url)}>`;
    return `| ${markdownText(title)} | ${markdownText(licence)} | ${retrieved} | ${link} |`;
  });
  const text = [
    "# Licences",
    "",
    `The weights of ${markdownText(ir.model.name)} come from ${markdownText(ir.origin.repository.repository)} under: ${markdownText(ir.model.licence)}.`,
    `${markdownText(ir.engine.name)} is fetched from its publisher under its own licence; nothing of it is in this kit.`,
    "The scripts and files of this kit are under Apache-2.0, as Fathom is that wrote them.",
    "",
    "## Facts and figures",
    "",
    "| source | licence | read | where |",
    "|---|---|---|---|",
    ...rows,
    `| Option tables of ${markdownText(ir.table.flags.repository)} | facts | ${ir.table.flags.date} | commit ${markdownText(ir.table.flags.commit.slice(0, 12))} |`,
    "",
  ].join("\n");
  return { path: "LICENSES.md", text };
}
