import { describe, expect, test } from "vitest";
import { findPatternFault } from "./tensor-pattern.ts";

describe("findPatternFault", () => {
  test.each([
    "attn_.*",
    "blk\\.[3-9]\\.ffn_(up|gate)_exps",
    "^token_embd",
    "blk\\.\\d+\\.ffn_.*_exps\\.weight$",
    "ffn_down_exps|output",
    `blk\\.(${Array.from({ length: 61 }, (_, i) => i).join("|")})\\.`,
    "blk\\.([3-9]|[1-5][0-9]|60)\\.ffn_(up|gate|down)_.*s\\.",
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
    ["(.|.)".repeat(13), /too many alternatives/],
    ["(|)".repeat(60), /too many alternatives/],
    ["((.|.|.)(.|.|.)(.|.|.)(.|.|.)(.|.|.)(.|.|.)|a).*", /too many alternatives/],
    [".*.*(.|.)(.|.)(.|.)(.|.)(.|.)", /too many alternatives/],
    ["(a", /no regular expression/],
    ["[z-a]", /no regular expression/],
  ])("%j", (pattern, fault) => {
    if (fault) expect(findPatternFault(pattern)).toMatch(fault);
    else expect(findPatternFault(pattern)).toBeUndefined();
  });
});
