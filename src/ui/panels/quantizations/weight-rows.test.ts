import { describe, expect, it } from "vitest";
import { EXAMPLE_PLAN } from "../../../core/domain/parse-plan.ts";
import type { PublishedQuality } from "../../../core/domain/published.ts";
import { catalog, loadQuality } from "../../../planner-data.ts";
import { directoryOf } from "../../../../workers/directory.ts";
import type { WeightsAnswer } from "../../../../workers/api.ts";
import { bySize, publishedMixes, publishedQuality, shortReason, weightRows } from "./weight-rows.ts";

const directory = directoryOf(catalog);
const rows = weightRows(EXAMPLE_PLAN, directory);

describe("weightRows", () => {
  it("offers every format with a size, each as a whole plan under an engine that loads it", () => {
    expect(rows.length).toBe([...catalog.weightFormats.keys()].filter((id) => id !== "gguf:custom").length);
    for (const { plan, id } of rows) {
      expect(plan.weights).toBe(id);
      expect(catalog.weightFormats.get(id)?.engines).toContain(plan.engine);
      expect(plan.cluster).toEqual(EXAMPLE_PLAN.cluster);
      expect(plan.workload).toEqual(EXAMPLE_PLAN.workload);
    }
  });

  it("keeps the plan itself as the current row, shown whatever it is", () => {
    expect(rows.filter(({ current }) => current).map(({ plan }) => plan)).toEqual([EXAMPLE_PLAN]);
    const odd = weightRows({ ...EXAMPLE_PLAN, engine: "llama.cpp", weights: "gguf:Q4_1" }, directory);
    expect(odd.find(({ id }) => id === "gguf:Q4_1")).toMatchObject({ current: true, lesser: false });
    expect(rows.find(({ id }) => id === "gguf:Q4_1")?.lesser).toBe(true);
  });

  it("sorts by size, unknown last", () => {
    const answer = (bytes: number | null) => ({ bytes }) as WeightsAnswer;
    const answers = new Map([
      ["fp8", answer(600)],
      ["bf16", answer(1200)],
      ["gguf:Q4_K_M", answer(400)],
    ]);
    expect(
      bySize(rows, answers)
        .slice(0, 3)
        .map(({ id }) => id),
    ).toEqual(["bf16", "fp8", "gguf:Q4_K_M"]);
  });
});

describe("published quality", () => {
  it("is of the very model and format, with its loss against Q8_0", async () => {
    const quality = await loadQuality();
    expect(publishedQuality(quality, "deepseek-v3-0324", "gguf:Q8_0")).toMatchObject({ loss: 0 });
    expect(publishedQuality(quality, "deepseek-v3-0324", "gguf:Q4_K_M")).toBeNull();
    const mixes = publishedMixes(quality, "deepseek-v3-0324");
    expect(mixes[0]?.row.model).toBe("deepseek-v3-0324");
    const q2 = mixes.find(({ row }) => row.model === "deepseek-v3-0324" && row.perplexity === 3.5614);
    expect(q2?.loss).toBeCloseTo(3.5614 / 3.2454 - 1, 12);
  });

  it("knows no loss without a reference", () => {
    const row = { model: "m", recipe: "r", perplexity: 3, source: "s" };
    const quality: PublishedQuality = { test: { text: "t", contextTokens: 512, chunks: 1 }, rows: [row] };
    expect(publishedMixes(quality, "m")[0]?.loss).toBeNull();
  });
});

describe("shortReason", () => {
  it("keeps the first clause", () => {
    expect(shortReason("Every GPU is short of 45.0 GiB: it needs 172.0, and it has less.")).toBe(
      "Every GPU is short of 45.0 GiB.",
    );
    expect(shortReason("ATOM does not run on H200.")).toBe("ATOM does not run on H200.");
    expect(shortReason(null)).toBe("It does not fit.");
  });
});
