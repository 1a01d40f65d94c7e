import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { explained, printYaml } from "./yaml.ts";

describe("printYaml", () => {
  it("prints what a 1.1 and a 1.2 reader read alike", () => {
    const value = {
      a: "no",
      b: "12:30",
      c: "0o17",
      d: "1e3",
      e: "~",
      f: 8,
      g: true,
      h: ["yes", "#x", "- y", "a: b"],
    };
    const { text } = printYaml(value);
    expect(parse(text, { version: "1.1" })).toEqual(value);
    expect(parse(text, { version: "1.2" })).toEqual(value);
  });

  it("keeps any text and any reason data", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 60 }).filter((s) => !/\p{Surrogate}/u.test(s));
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 10 }), (pairs) => {
        const printed = printYaml({ list: pairs.map(([value, because]) => explained(value, because)) });
        for (const version of ["1.1", "1.2"] as const) {
          expect(parse(printed.text, { version })).toEqual({ list: pairs.map(([value]) => value) });
        }
      }),
      { numRuns: 300 },
    );
  });

  it("tells the line of every reason", () => {
    const { text, reasons } = printYaml({ a: explained("x", "one"), b: { c: explained(2, "two") } });
    const lines = text.split("\n");
    expect(reasons.map(({ line }) => lines[line - 1])).toEqual(['a: "x" # one', "  c: 2 # two"]);
  });
});
