import { describe, expect, it } from "vitest";
import { catalog } from "../../../planner-data.ts";
import { knowsWeights, peakFlops, precisionByPart } from "./precision.ts";

const accelerator = (id: string) => catalog.accelerators.get(id)!;
const weights = (id: string) => catalog.weightFormats.get(id)!;

describe("precisionByPart", () => {
  it("multiplies FP8 weights in FP8 where the unit exists and widens them where not", () => {
    expect(precisionByPart(weights("fp8"), accelerator("h200-sxm")).experts.compute).toBe("fp8");
    const ampere = precisionByPart(weights("fp8"), accelerator("a100-80-sxm")).experts;
    expect(ampere.compute).toBe("bf16");
    expect(ampere.bytesPerWeight).toBeCloseTo(1, 3);
  });

  it("keeps attention in BF16 under NVFP4", () => {
    const parts = precisionByPart(weights("nvfp4"), accelerator("b200-sxm"));
    expect(parts.attention.bytesPerWeight).toBe(2);
    expect(parts.experts.bytesPerWeight).toBe(0.5625);
    expect(parts.experts.compute).toBe("fp4");
    expect(precisionByPart(weights("nvfp4"), accelerator("h200-sxm")).experts.compute).toBe("bf16");
  });

  it("knows every format of the datacentre engines, no GGUF and none of MLX alone", () => {
    for (const format of catalog.weightFormats.values()) {
      const served = format.family === "safetensors" && format.engines.join() !== "mlx";
      expect([format.id, knowsWeights(format)]).toEqual([format.id, served]);
    }
  });

  it("refuses a peak that no fact holds", () => {
    const known = accelerator("h200-sxm");
    expect(() => peakFlops({ ...known, peakDense: {} }, "fp8")).toThrow(RangeError);
    expect(peakFlops(known, "fp8")).toBe(known.peakDense.fp8!.value);
  });
});
