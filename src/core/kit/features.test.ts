/**
 * The table of features in docs/kits.md is what the kits do: `GOLDEN=update` writes it anew, and a feature that
 * an engine's kit gains or loses shows as a diff there.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { answer, FEATURES } from "./fixtures/features.ts";
import { featureTable } from "./fixtures/feature-table.ts";

const doc = fileURLToPath(new URL("../../../docs/kits.md", import.meta.url));
const [BEGIN, END] = ["<!-- features: written by src/core/kit/features.test.ts -->", "<!-- features end -->"];

describe("features by engine", () => {
  it("stand in docs/kits.md as the kits have them", async () => {
    const text = readFileSync(doc, "utf8");
    const [before = "", rest = ""] = text.split(BEGIN);
    const after = rest.split(END)[1];
    expect(after).toBeDefined();
    const table = await format(await featureTable(), { parser: "markdown", printWidth: 120 });
    const wanted = `${before}${BEGIN}\n\n${table.trim()}\n\n${END}${after ?? ""}`;
    if (process.env["GOLDEN"] === "update") writeFileSync(doc, wanted);
    expect(readFileSync(doc, "utf8")).toBe(wanted);
  }, 120_000);

  it("are told apart by what the engine is told", async () => {
    const of = (name: string) => {
      const found = FEATURES.find(([feature]) => feature === name);
      if (!found) throw new Error(name);
      return found;
    };
    expect(await answer("sglang", of("several nodes"))).toEqual({ kind: "yes", by: "--nnodes" });
    expect(await answer("sglang", of("all experts in host memory"))).toMatchObject({ kind: "no" });
    expect(await answer("llama.cpp", of("all experts in host memory"))).toEqual({
      kind: "yes",
      by: "--cpu-moe",
    });
    expect(await answer("llama.cpp", of("memory fraction"))).toMatchObject({ kind: "no" });
  });
});
