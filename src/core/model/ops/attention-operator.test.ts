import { describe, expect, it } from "vitest";
import { catalog } from "../../../planner-data.ts";
import { absorbedDecodeWork, AttentionOperator, expandedPrefillWork } from "./attention-operator.ts";
import { LogSurface } from "./log-curve.ts";

const architecture = catalog.models.get("deepseek-v3-0324")!.architecture;
const peaks = { bytesPerMs: 4.8e9, flopPerMs: 989e9 };
const efficiency = { launchMs: 0.01, bandwidth: 0.8, compute: 0.5 };

describe("attention work", () => {
  it("reads the latent and the rotary key of every cached token once", () => {
    expect(absorbedDecodeWork(architecture, 16, 2).bytes(64, 1536)).toBe(64 * 1536 * 576 * 2);
    expect(absorbedDecodeWork(architecture, 16, 1).bytes(64, 1536)).toBe(64 * 1536 * 576);
  });

  it("multiplies 1088 numbers a head and cached token in decode, 320 a pair of tokens in prefill", () => {
    expect(absorbedDecodeWork(architecture, 16, 2).flop(1, 1000)).toBe(2 * 16 * 1000 * 1088);
    expect(expandedPrefillWork(architecture, 16).flop(1, 1000)).toBe(16 * 1000 * 1000 * 320);
  });
});

describe("AttentionOperator", () => {
  const work = absorbedDecodeWork(architecture, 128, 2);

  it("is launch time plus the slower of memory and arithmetic without a table", () => {
    const core = new AttentionOperator(null, work, peaks, efficiency, "extrapolated");
    const memory = work.bytes(64, 4096) / (4.8e9 * 0.8);
    const arithmetic = work.flop(64, 4096) / (989e9 * 0.5);
    expect(core.at(64, 4096)).toBeCloseTo(0.01 + Math.max(memory, arithmetic), 12);
    expect(core.basisAt(64, 4096)).toBe("extrapolated");
  });

  it("says extrapolated outside its table, and is never below the limit", () => {
    const table = new LogSurface([1, 64], [128, 4096], [1e-4, 1e-4, 1e-4, 1e-4]);
    const core = new AttentionOperator(table, work, peaks, efficiency, "extrapolated");
    expect(core.basisAt(64, 4096)).toBe("interpolated");
    expect(core.basisAt(65, 4096)).toBe("extrapolated");
    expect(core.basisAt(1, 5000)).toBe("extrapolated");
    expect(core.at(64, 4096)).toBe(core.limitMs(64, 4096));
  });
});
