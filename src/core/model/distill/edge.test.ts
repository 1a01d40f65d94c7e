import { describe, expect, test } from "vitest";
import { loadStudents } from "../../../planner-data.ts";
import type { EdgeMeasurement, StudentFacts } from "../../domain/student.ts";
import { DENSE } from "../../tensors/dense.fixture.ts";
import { edgeCacheBytes, edgeFile, edgeRow, EDGE_SPEEDS, readBytes, tokenSeconds } from "./edge.ts";

const facts = await loadStudents();

/** Predicted over measured tokens per second, from the processor's kind alone. */
function ratio({ device, student, type, tokensPerSecond }: EdgeMeasurement): number {
  const found = facts.devices.get(device);
  const a = facts.students.get(student)?.architecture;
  if (!found || !a) throw new Error(device);
  return 1 / tokenSeconds(found, a.layerCount, readBytes(a, type, true)) / tokensPerSecond;
}

const processorOf = ({ device }: EdgeMeasurement) => facts.devices.get(device)?.processor ?? "cpu";

describe("tokens per second on devices", () => {
  test.each([
    ["cuda", 0.08, 0.8],
    ["metal", 0.1, 0.8],
    ["cpu", 0.3, 0.8],
    ["vulkan", 0.05, 1],
    ["phone-gpu", 0.2, 1],
  ] as const)("%s: median error under %d, interval holds %d of the runs", (processor, most, share) => {
    const ratios = facts.edgeMeasurements.filter((row) => processorOf(row) === processor).map(ratio);
    const errors = ratios.map((r) => Math.abs(r - 1)).sort((a, b) => a - b);
    expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(most);
    const { low, high } = EDGE_SPEEDS[processor];
    const held = ratios.filter((r) => 1 / r >= low && 1 / r <= high).length;
    expect(held / ratios.length).toBeGreaterThanOrEqual(share);
  });

  test("a device that was measured answers as it was measured", () => {
    const a = facts.students.get("llama-3.2-3b")?.architecture;
    const pi = facts.devices.get("raspberry-pi-5-16gb");
    if (!a || !pi) throw new Error("gone");
    const ask = { architecture: a, type: "Q4_K_M", imatrix: true, contextTokens: 256, cache: "f16" } as const;
    const { tokensPerSecond, fits } = edgeRow(pi, ask, facts);
    expect(fits).toBe(true);
    expect(tokensPerSecond?.basis).toBe("interpolated");
    expect(Math.abs((tokensPerSecond?.value ?? 0) / 4.88 - 1)).toBeLessThan(0.06);
  });

  test("a device that nobody measured gets its kind's interval", () => {
    const unmeasured: StudentFacts = { ...facts, edgeMeasurements: [] };
    const device = facts.devices.get("rtx-4060-8gb");
    const ask = {
      architecture: DENSE["llama-3.2-3b"],
      type: "Q4_K_M",
      imatrix: false,
      contextTokens: 1024,
      cache: "f16",
    } as const;
    if (!device) throw new Error("gone");
    const speed = edgeRow(device, ask, unmeasured).tokensPerSecond;
    expect(speed?.basis).toBe("calibrated");
    expect((speed?.low ?? 0) / (speed?.value ?? 1)).toBeCloseTo(0.87, 9);
  });
});

describe("what fits", () => {
  test("the cache of Llama-3.2-3B is 112 KiB a token; windows keep Gemma's small", () => {
    expect(edgeCacheBytes(DENSE["llama-3.2-3b"], 1, "f16")).toBe(112 * 1024);
    const gemma = DENSE["gemma-3-1b"];
    const perLayer = 2 * 1 * 256 * 2;
    expect(edgeCacheBytes(gemma, 8192, "f16")).toBe(perLayer * (4 * 8192 + 22 * 512));
  });

  test("the context that fits is the longest that does", () => {
    const device = facts.devices.get("iphone-13-pro");
    if (!device) throw new Error("gone");
    const ask = {
      architecture: DENSE["llama-3.2-3b"],
      type: "Q4_K_M",
      imatrix: false,
      contextTokens: 1024,
      cache: "f16",
    } as const;
    const { contextTokens } = edgeRow(device, ask, facts);
    expect(contextTokens).toBeGreaterThan(1024);
    expect(edgeRow(device, { ...ask, contextTokens }, facts).fits).toBe(true);
    expect(edgeRow(device, { ...ask, contextTokens: contextTokens + 1 }, facts).fits).toBe(false);
  });

  test("weights that do not fit leave no context and no speed", () => {
    const device = facts.devices.get("iphone-13-pro");
    if (!device) throw new Error("gone");
    const ask = {
      architecture: DENSE["r1-distill-llama-70b"],
      type: "Q4_K_M",
      imatrix: false,
      contextTokens: 1024,
      cache: "f16",
    } as const;
    expect(edgeRow(device, ask, facts)).toMatchObject({
      fits: false,
      contextTokens: 0,
      tokensPerSecond: null,
    });
  });

  test("bits per weight are those of the file", () => {
    const file = edgeFile(DENSE["llama-3.2-3b"], "Q8_0", false);
    expect(file.bitsPerWeight).toBeCloseTo(8.5, 2);
    expect(edgeFile(DENSE["llama-3.2-3b"], "IQ2_XXS", true).needsImatrix).toBe(true);
  });
});
