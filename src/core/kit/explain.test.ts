/**
 * One sentence a reason: the preview shows it beside a line (`reasons[]`), the file has it as a comment there, and
 * the README has it in its table of arguments.
 */
import { describe, expect, it } from "vitest";
import type { Kit } from "../domain/kit.ts";
import { KIT_CASES } from "./fixtures/cases.ts";
import { kitOf } from "./fixtures/compile-case.ts";
import { POOL_CASES, POOL_TARGET_CASES } from "./fixtures/pool-cases.ts";
import { MORE_TARGET_CASES, TARGET_CASES } from "./fixtures/target-cases.ts";

const ALL = [...KIT_CASES, ...TARGET_CASES, ...MORE_TARGET_CASES, ...POOL_CASES, ...POOL_TARGET_CASES];

/** Rows of the README's tables of arguments, as plain text. */
function argumentRows(kit: Kit): { argument: string; because: string }[] {
  const readme = kit.files.find(({ path }) => path === "README.md")?.text ?? "";
  const section = readme.split("## Why each argument is there")[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| (`+.*`+) \| (.*) \|$/gm)]
    .map(([, argument = "", because = ""]) => ({
      argument,
      because: because
        .replaceAll(/\\(.)/g, "$1")
        .replaceAll("&lt;", "<")
        .replace(/^(first node|other nodes|start on every node): /, ""),
    }))
    .filter(({ because }) => because !== "because");
}

describe.each(ALL)("$name", (kitCase) => {
  const kit = kitOf(kitCase);

  it("has every reason of the preview as a comment in the file", () => {
    const silent = kit.files.flatMap(({ path, text, reasons }) => {
      const lines = text.split("\n");
      return reasons
        .filter(({ line, because }) => {
          const here = `${lines[line - 2] ?? ""}\n${lines[line - 1] ?? ""}`;
          return !here.includes(`# ${because}`);
        })
        .map(({ line, because }) => `${path}:${line} ${because}`);
    });
    expect(silent).toEqual([]);
  });

  it("has every sentence of the README's arguments where the server is started", () => {
    const rows = argumentRows(kit);
    const said = new Set(
      kit.files
        .filter(({ path }) => /(^|\/)serve\//.test(path))
        .flatMap(({ reasons }) => reasons.map(({ because }) => because)),
    );
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.filter(({ because }) => !said.has(because))).toEqual([]);
  });

  it("explains every option of the start scripts in its README", () => {
    const known = new Set(argumentRows(kit).map(({ because }) => because));
    const start = kit.files.filter(({ path }) =>
      /(^|\/)serve\/(serve\.sh|trtllm\.yaml|Modelfile)$/.test(path),
    );
    const lost = start.flatMap(({ path, text, reasons }) =>
      reasons
        // Items of an argument array and keys of a file: the shell's own lines say no argument.
        .filter(({ line }) => !path.endsWith(".sh") || /^ +-/.test(text.split("\n")[line - 1] ?? ""))
        .filter(({ because }) => !known.has(because))
        .map(({ because }) => `${path}: ${because}`),
    );
    expect(lost).toEqual([]);
  });
});
