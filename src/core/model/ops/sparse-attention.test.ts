import { beforeAll, describe, expect, it } from "vitest";
import { catalog } from "../../../planner-data.ts";
import type { OpTableSet } from "../../domain/op-tables.ts";
import { createGpuStepModel } from "../step/gpu-step-model.ts";
import { stepInput, tablesOf } from "../step/testing/step-input.ts";

let h200: OpTableSet;
beforeAll(async () => {
  h200 = (await tablesOf("h200-sxm"))!;
});

const sparse = catalog.models.get("deepseek-v3.2")!.architecture;
const model = (architecture?: typeof sparse) =>
  createGpuStepModel(
    stepInput("h200-sxm", h200, {
      dpAttention: 8,
      ep: 8,
      ...(architecture === undefined ? {} : { architecture }),
    }),
  );
const attention = (architecture: typeof sparse | undefined, context: number) =>
  model(architecture)
    .decode(64, context)
    .operators.find(({ id }) => id === "attention-core")!.ms;

describe("sparse attention", () => {
  it("costs a little more than the dense core up to what it attends to", () => {
    const ratio = attention(sparse, 2048) / attention(undefined, 2048);
    expect(ratio).toBeGreaterThan(1);
    expect(ratio).toBeLessThan(1.5);
  });

  it("grows by the indexer's keys alone beyond", () => {
    const grown = attention(sparse, 65_536) - attention(sparse, 32_768);
    const dense = attention(undefined, 65_536) - attention(undefined, 32_768);
    expect(grown).toBeGreaterThan(0);
    expect(grown).toBeLessThan(dense / 4);
    const bytes = 61 * 8 * 32_768 * 132; // eight sequences a rank
    expect(grown).toBeGreaterThan(bytes / 4.8e9);
  });

  it("prefills long prompts in less time, short ones in hardly more", () => {
    expect(model(sparse).prefillMs(1, 100_000, 0)).toBeLessThan(model().prefillMs(1, 100_000, 0));
    const short = model(sparse).prefillMs(1, 1024, 0) / model().prefillMs(1, 1024, 0);
    expect(short).toBeGreaterThan(1);
    expect(short).toBeLessThan(1.2);
  });

  it("is said to be extrapolated", () => {
    expect(model(sparse).decode(64, 4096).basis).toBe("extrapolated");
  });
});
