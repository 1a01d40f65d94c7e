import { describe, expect, it } from "vitest";
import { EXAMPLE_PLAN } from "../../core/domain/parse-plan.ts";
import { estimateOf, memoryOf, rankOf, ranksOf } from "../fixture.ts";
import { reportMarkdown, type ReportText } from "./report-markdown.ts";
import { serveReport } from "./serve-report.ts";

const TEXT: ReportText = {
  sentence: "Serve DeepSeek-V3-0324 in FP8.",
  verdict: "10.0 GiB to spare.",
  address: "https://example.org/fathom/#1.AKOmv0N7fQ",
  made: "2026-11-28",
  sources: [
    { title: "Driver readings", retrieved: "2026-11-23", of: ["H200"] },
    { title: "Prices", url: "https://example.org/prices", retrieved: "2026-11-09", of: ["prices"] },
  ],
};

describe("serveReport", () => {
  it("keeps every number with its interval and basis, and says which misses the SLO", () => {
    const { numbers } = serveReport({ ...EXAMPLE_PLAN, slo: { ttftMs: 300, tpotMs: 50 } }, estimateOf());
    expect(numbers.map(({ name }) => name)).toEqual([
      "per user",
      "in total",
      "to first token",
      "a whole request",
      "a million output tokens",
      "an hour",
    ]);
    expect(numbers[0]).toMatchObject({ value: "30.0 tok/s", interval: "27.0 – 33.0", basis: "calibrated" });
    expect(numbers[0]?.breach).toBeNull();
    expect(numbers[2]?.breach).toContain("misses the SLO of 300");
  });

  it("makes one row of ranks that hold the same", () => {
    const ranks = [...ranksOf(3), rankOf("GPU 3", { weights: 60 }), rankOf("Host", { weights: 0 })];
    const { tables } = serveReport(EXAMPLE_PLAN, estimateOf({ memory: memoryOf(ranks) }));
    const memory = tables.find(({ name }) => name === "Memory");
    expect(memory?.rows.map(({ cells }) => cells[0])).toEqual(["GPU 0 – GPU 2", "GPU 3", "Host"]);
    expect(memory?.rows[0]?.cells.slice(1)).toEqual(["80.0", "40.0", "4.0", "6.0", "130.0", "140.0"]);
  });
});

describe("reportMarkdown", () => {
  it("holds verdict, numbers, memory, time, cost, assumptions, sources and the link", () => {
    const estimate = estimateOf({
      notes: [{ kind: "assumption", message: "Even load.", path: "layout.ep" }],
    });
    const text = reportMarkdown(serveReport(EXAMPLE_PLAN, estimate), TEXT);
    expect(text).toContain("**Fits.** 10.0 GiB to spare.");
    expect(text).toContain("| per user | 30.0 tok/s | 27.0 – 33.0 | calibrated |");
    expect(text).toContain("| GPU 0 – GPU 7 | 80.0 | 40.0 | 4.0 | 6.0 | 130.0 | 140.0 |");
    expect(text).toContain("Limited by reading expert weights, 60");
    expect(text).toContain("- Even load. (`layout.ep`)");
    expect(text).toContain("- [Prices](https://example.org/prices), read 2026-11-09: prices");
    expect(text).toContain("<https://example.org/fathom/#1.AKOmv0N7fQ>");
  });

  it("keeps words from a link words: no markup, no new row, no other address", () => {
    const notes = [{ kind: "warning", message: "a | b\n# [x](javascript:alert(1)) <b>" } as const];
    const sources = [{ title: "t", url: "javascript:alert(1)", retrieved: "2026", of: ["x|y"] }];
    const text = reportMarkdown(serveReport(EXAMPLE_PLAN, estimateOf({ notes })), { ...TEXT, sources });
    expect(text).toContain("Warning: a | b \\# \\[x\\](javascript:alert(1)) \\<b\\>");
    expect(text).not.toMatch(/(?<!\\)\]\(javascript/);
  });

  it("says of a plan that does not fit what fails", () => {
    const message = "GPU 2 is short of 25.3 GiB.";
    const infeasible = [{ kind: "memory-weights", message, rank: "GPU 2", needed: 2, capacity: 1 } as const];
    const bare = estimateOf({ fits: false, infeasible, performance: null, cost: null });
    const text = reportMarkdown(serveReport(EXAMPLE_PLAN, bare), { ...TEXT, verdict: "" });
    expect(text).toContain("**Does not fit.**");
    expect(text).toContain("- GPU 2 is short of 25.3 GiB.");
    expect(text).not.toContain("## Time");
  });
});
