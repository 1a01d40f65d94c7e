/** Every row of the engines' tables of options that went: none is said by a kit, each is refused with what to say now. */
import { describe, expect, it } from "vitest";
import { checkArguments } from "./engines/arguments.ts";
import { findFlag, openFlagTable } from "./flag-table.ts";
import { KIT_CASES } from "./fixtures/cases.ts";
import { FLAG_TABLES, kitOf } from "./fixtures/compile-case.ts";

const ROWS = Object.values(FLAG_TABLES).flatMap((flags) =>
  flags.removedFlags.map((row) => ({ flags, engine: flags.engine, ...row })),
);
const VARIABLES = Object.values(FLAG_TABLES).flatMap((flags) =>
  flags.removedEnvironment.map((row) => ({ flags, engine: flags.engine, ...row })),
);

describe("options that went", () => {
  it("are those of the tables, of several engines", () => {
    expect(ROWS.length).toBeGreaterThan(150);
    expect(VARIABLES.length).toBeGreaterThan(150);
    expect(new Set(ROWS.map(({ engine }) => engine)).size).toBeGreaterThan(4);
  });

  it.each(ROWS)("$engine $name", ({ flags, name, last, instead }) => {
    const table = openFlagTable(flags, flags.version);
    const command = flags.commands[0]?.command ?? "";
    if (!table) throw new Error(flags.engine);
    const verdict = findFlag(table, command, name);
    expect(verdict.kind).toBe("removed");
    const said = verdict.kind === "removed" ? verdict.reason : "";
    expect(said).toContain(last);
    if (instead) expect(said).toContain(instead);
    const list = [{ flag: name, value: "1", because: "a test asks" }];
    const dropped = checkArguments(table, command, list, new Set());
    expect(dropped).toMatchObject({ ok: true, value: { arguments: [], unsupported: [{ path: "engine" }] } });
    expect(checkArguments(table, command, list, new Set([name]))).toMatchObject({ ok: false });
  });

  it("and variables that went stand in no kit", () => {
    for (const kitCase of KIT_CASES) {
      const gone = VARIABLES.filter(({ engine }) => engine === kitCase.plan.engine).map(({ name }) => name);
      const words = new Set(
        kitOf(kitCase).files.flatMap(({ text }) => text.match(/\b[A-Z][A-Z0-9_]{4,}\b/g) ?? []),
      );
      expect(gone.filter((name) => words.has(name))).toEqual([]);
    }
  });

  it("and a name that went is no name that is there", () => {
    for (const { flags, name } of VARIABLES) expect(flags.environment).not.toContain(name);
  });
});
