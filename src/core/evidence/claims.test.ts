import { beforeAll, describe, expect, it } from "vitest";
import { catalog, loadClaims, loadOpTables, loadQuality } from "../../planner-data.ts";
import type { OpTableSet } from "../domain/op-tables.ts";
import type { SizingClaim } from "../domain/published.ts";
import type { ClaimAnswer, ClaimFacts } from "./claim-answer.ts";
import { recomputeClaims } from "./claims.ts";

const model = catalog.models.get("deepseek-v3-0324");
let claims: readonly SizingClaim[];
let facts: ClaimFacts;
let answers: ReadonlyMap<string, ClaimAnswer>;

const byId = (of: readonly ClaimAnswer[]) => new Map(of.map((answer) => [answer.id, answer]));

beforeAll(async () => {
  if (!model) throw new Error("no model");
  const tables = new Map<string, OpTableSet | null>();
  for (const id of ["a100-80-sxm", "h100-sxm", "h200-sxm"]) tables.set(id, await loadOpTables(id));
  claims = await loadClaims();
  facts = {
    catalog,
    quality: await loadQuality(),
    architecture: model.architecture,
    loadFacts: (id) => ({ catalog, opTables: (id === null ? null : tables.get(id)) ?? null }),
  };
  answers = byId(recomputeClaims(claims, facts));
});

/** The catalog's claim with another figure. */
function restated(id: string, low: number, high = low): ClaimAnswer | undefined {
  const claim = claims.find((row) => row.id === id);
  if (!claim?.stated) throw new Error(`no figure in ${id}`);
  return recomputeClaims([{ ...claim, stated: { ...claim.stated, low, high } }], facts)[0];
}

describe("recomputeClaims", () => {
  it("answers every claim, in the claims' order", () => {
    expect([...answers.keys()]).toEqual(claims.map(({ id }) => id));
    expect(claims.length).toBeGreaterThanOrEqual(19);
    for (const { finding } of answers.values()) expect(finding).toMatch(/\d/);
  });

  it("says on what a claim turns, and only where it turns on something", () => {
    for (const { verdict, condition } of answers.values()) {
      expect(condition !== undefined).toBe(verdict === "holds-if");
    }
  });

  it("knows sizes to the byte", () => {
    expect(answers.get("params")).toMatchObject({ verdict: "holds" });
    expect(answers.get("params")?.finding).toContain("671.03 B without the MTP layer, 684.49 B with it");
    expect(answers.get("q4km-size")).toMatchObject({ verdict: "holds-if", condition: "the figures are GiB" });
    expect(answers.get("q4km-size")?.finding).toContain("404.5 GB, which is 376.7 GiB");
    expect(answers.get("mla-kv")?.finding).toContain("70,272 B a token against 3,997,696");
    expect(answers.get("fp16-size")?.verdict).toBe("holds");
  });

  it("tries plans where a claim is about a machine", () => {
    expect(answers.get("q4km-4xh100")).toMatchObject({ verdict: "does-not-hold" });
    expect(answers.get("q4km-4xh100")?.finding).toContain("58.1 GiB short before any cache");
    expect(answers.get("q4km-8xa100")).toMatchObject({ verdict: "holds" });
    expect(answers.get("q4km-8xa100")?.plan?.cluster.acceleratorsPerNode).toBe(8);
    expect(answers.get("q4km-cpu")?.verdict).toBe("holds-if");
    expect(answers.get("qlora-memory")?.condition).toMatch(/^the experts of \d+ of 58 layers/);
  });

  it("says so where no figure decides", () => {
    expect(answers.get("quality-tradeoff")?.verdict).toBe("untold");
    const unheard: SizingClaim = { id: "unheard", subject: "size", text: "It is small", source: "x" };
    expect(recomputeClaims([unheard], facts)[0]?.verdict).toBe("untold");
  });

  it("changes its verdict with the claim's figure", () => {
    expect(restated("q4km-size", 400e9, 410e9)?.verdict).toBe("holds");
    expect(restated("q4km-size", 100e9, 200e9)?.verdict).toBe("does-not-hold");
    expect(restated("params", 500e9)?.verdict).toBe("does-not-hold");
    expect(restated("context", 1e6)?.verdict).toBe("does-not-hold");
    expect(restated("mla-kv", 0.995)?.verdict).toBe("does-not-hold");
    expect(restated("fp16-size", 1e12)?.verdict).toBe("does-not-hold");
    expect(restated("q8-size", 500e9)?.verdict).toBe("does-not-hold");
    expect(restated("speed-8xa100", 200, 300)?.verdict).toBe("does-not-hold");
    expect(restated("q4km-cpu", 300e9)?.verdict).not.toBe("holds");
    expect(restated("q4km-cpu", 1100e9)?.verdict).toBe("holds");
    expect(restated("qlora-memory", 400e9)?.verdict).toBe("holds");
    expect(restated("full-finetune", 20e12)?.verdict).toBe("does-not-hold");
    expect(restated("fp8-training", 0.7)?.verdict).toBe("does-not-hold");
    expect(restated("training-cost", 1e6)?.verdict).toBe("does-not-hold");
  });

  it("knows quality once somebody publishes it", () => {
    const published = (weights: string, perplexity: number) => ({
      model: "deepseek-v3-0324",
      recipe: weights,
      weights,
      perplexity,
      source: "x",
    });
    const rows = [published("gguf:Q4_K_M", 3.3), published("gguf:Q5_K_M", 3.26)];
    const claim = claims.filter(({ id }) => id === "quality-tradeoff");
    const [answer] = recomputeClaims(claim, { ...facts, quality: { ...facts.quality, rows } });
    expect(answer).toMatchObject({ verdict: "holds-if" });
    expect(answer?.finding).toContain("3.3000 and 3.2600");
  });
});
