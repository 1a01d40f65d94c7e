import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findPatternFault } from "./tensor-pattern.ts";

const NAMES = Array.from({ length: 1086 }, (_, i) => `blk.${i % 61}.ffn_down_exps.weight`);

describe("findPatternFault", () => {
  test.each([
    "attn_.*",
    "blk\\.[3-9]\\.ffn_(up|gate)_exps",
    "^token_embd",
    "blk\\.\\d+\\.ffn_.*_exps\\.weight$",
    "ffn_down_exps|output",
  ])("takes %s", (pattern) => {
    expect(findPatternFault(pattern)).toBeUndefined();
  });

  test.each([
    ["", /empty/],
    ["a".repeat(201), /longer than 200/],
    ["(a+)+$", /repeats a repetition/],
    ["(a|b)*c", /repeats a repetition/],
    [".*.*.*x", /more than 2 times/],
    ["a?a?a?a?", /more than 2 times/],
    ["x**", /repeats a repetition/],
    ["(?:a)", /characters/],
    ["(?a)", /special group/],
    ["a{2}", /characters/],
    ["a=q8_0", /characters/],
    ["a'b", /characters/],
    ['a"b', /characters/],
    ["$(id)", undefined],
    ["a\nb", /characters/],
    ["a b", /characters/],
    ["ATTN", /characters/],
    ["\\w", /escapes/],
    ["a\\", /escapes/],
    ["(a", /no regular expression/],
    ["[z-a]", /no regular expression/],
  ])("%j", (pattern, fault) => {
    if (fault) expect(findPatternFault(pattern)).toMatch(fault);
    else expect(findPatternFault(pattern)).toBeUndefined();
  });

  test("takes nothing that is slow over every name of a file", () => {
    const pattern = fc.string({ unit: fc.constantFrom(..."ab.*+?()[]|\\d_$^-xe"), maxLength: 200 });
    fc.assert(
      fc.property(pattern, (text) => {
        if (findPatternFault(text) !== undefined) return;
        const find = new RegExp(text);
        const start = performance.now();
        for (const name of NAMES) find.test(name);
        expect(performance.now() - start).toBeLessThan(1000);
      }),
      { numRuns: 300 },
    );
  });
});
