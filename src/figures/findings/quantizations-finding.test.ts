import { describe, expect, it } from "vitest";
import { formatsFinding, mixFinding } from "./quantizations-finding.ts";

const row = (name: string, total: number | null, fits = true, own = false) => ({
  name,
  fits,
  bits: 8,
  total,
  own,
});

describe("formatsFinding", () => {
  it("counts what fits and compares the fastest with the plan's own", () => {
    expect(formatsFinding([row("BF16", 900, false), row("FP8", 1000, true, true), row("INT4", 1500)])).toBe(
      "Two of 3 formats fit; INT4 is fastest, at 1,500 tok/s, 1.5× the FP8 of this plan.",
    );
    expect(formatsFinding([row("FP8", 1000, true, true)])).toMatch(/and this plan has it\.$/);
  });
  it("leaves the comparison out where the plan's own does not fit, and speed where none is known", () => {
    expect(formatsFinding([row("BF16", 900, false, true), row("FP8", 1000)])).toMatch(/at 1,000 tok\/s\.$/);
    expect(formatsFinding([row("FP8", null)])).toMatch(/unknown/);
    expect(formatsFinding([row("FP8", 1, false)])).toMatch(/^None of 1 format /);
  });
});

describe("mixFinding", () => {
  const cell = (part: string, layer: number, type: string) => ({ part, layer, type });
  it("names the part whose layers differ", () => {
    const experts = [
      cell("down", 3, "q6_K"),
      cell("down", 4, "q4_K"),
      cell("down", 5, "q4_K"),
      cell("up", 3, "q4_K"),
    ];
    expect(mixFinding({ name: "Q4_K_M", bytes: 1000, expertBytes: 974, experts })).toBe(
      "97.4 % of Q4_K_M is routed experts; ffn_down is q6_K in 1 of 3 layers.",
    );
    expect(mixFinding({ name: "FP8", bytes: 10, expertBytes: 9, experts: [cell("up", 3, "F8")] })).toMatch(
      /all of one type/,
    );
    expect(mixFinding({ name: "X", bytes: 0, expertBytes: 0, experts: [] })).toMatch(/not known/);
  });
});
