/** The list of a preflight's checks beside its script: each check is made there, and none is made unlisted. */
import { describe, expect, it } from "vitest";
import type { Kit, KitFile, ScriptedCheck } from "../domain/kit.ts";
import { GOLDEN_CASES, kitOf as finetuneKitOf } from "./finetune/testing/cases.ts";
import { KIT_CASES } from "./fixtures/cases.ts";
import { kitOf } from "./fixtures/compile-case.ts";
import { POOL_CASES, POOL_TARGET_CASES } from "./fixtures/pool-cases.ts";
import { TARGET_CASES } from "./fixtures/target-cases.ts";

const KITS: readonly (readonly [name: string, kit: Kit])[] = [
  ...[...KIT_CASES, ...TARGET_CASES, ...POOL_CASES, ...POOL_TARGET_CASES].map(
    (kitCase) => [kitCase.name, kitOf(kitCase)] as const,
  ),
  ...GOLDEN_CASES.map(({ name, plan }) => [name, finetuneKitOf(plan)] as const),
];

/** What gives a line of PASS, WARN or FAIL. */
const GIVES = /\b(?:pass|warn|miss|at_least|free_port) ["'\d]/;
/** The helpers themselves. */
const DEFINES = /^(?:pass|warn|miss|at_least|free_port)\(\)|^ {2}if \[ "\$1" -ge|"port \$1 \(\$2\)/;

const preflightsOf = ({ files }: Kit): readonly KitFile[] =>
  files.filter(({ path }) => path.endsWith("preflight.sh"));
const linesOf = ({ text }: KitFile): readonly string[] => text.split("\n");
const givenBy = (lines: readonly string[], check: ScriptedCheck): readonly string[] =>
  check.lines.map((line) => lines[line - 1] ?? "").filter((line) => GIVES.test(line));

describe.each(KITS)("the preflight of %s", (_, kit) => {
  it("is there", () => expect(preflightsOf(kit).length).toBeGreaterThan(0));

  it("lists every line that passes, warns or fails, and lists no other", () => {
    for (const file of preflightsOf(kit)) {
      const lines = linesOf(file);
      const made = lines.flatMap((line, at) => (GIVES.test(line) && !DEFINES.test(line) ? [at + 1] : []));
      const listed = (file.checks ?? []).flatMap((check) =>
        check.lines.filter((line) => GIVES.test(lines[line - 1] ?? "")),
      );
      expect(listed.toSorted((a, b) => a - b)).toEqual(made);
      for (const check of file.checks ?? []) expect(givenBy(lines, check), check.what).not.toEqual([]);
    }
  });

  it("says of a check whether it fails or warns as its lines do", () => {
    for (const file of preflightsOf(kit))
      for (const check of file.checks ?? []) {
        const given = givenBy(linesOf(file), check).join("\n");
        expect(/\b(?:miss|at_least|free_port) /.test(given), check.what).toBe(check.warns !== true);
      }
  });

  it("names numbers that the script asks for", () => {
    for (const file of preflightsOf(kit)) {
      const folder = file.path.slice(0, -"preflight.sh".length);
      const settings = kit.files.find(({ path }) => path === `${folder}serve/env`)?.text ?? "";
      const count = Number(/^want_count=(\d+)/m.exec(file.text)?.[1] ?? 0);
      const known = new Set(
        `${file.text}\n${settings}\n${(count * (count - 1)) / 2}`.match(/\d[\d,.]*\d|\d/g),
      );
      for (const { what } of file.checks ?? [])
        for (const number of what.match(/\d[\d,.]*\d|\d/g) ?? [])
          expect(known.has(number), `${what}: ${number}`).toBe(true);
    }
  });
});
