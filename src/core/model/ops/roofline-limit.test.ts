import { describe, expect, it } from "vitest";
import { ridgeFlopPerByte, rooflineLimitMs } from "./roofline-limit.ts";

const h200 = { bytesPerMs: 4.8e9, flopPerMs: 1979e9 };

describe("rooflineLimitMs", () => {
  it("reads one FP8 expert in 9.2 us and is bound by arithmetic above the ridge", () => {
    const expert = 3 * 7168 * 2048;
    expect(rooflineLimitMs(expert, 2 * expert, h200) * 1e3).toBeCloseTo(9.175, 3);
    const tokens = 1000;
    expect(rooflineLimitMs(expert, 2 * expert * tokens, h200)).toBe((2 * expert * tokens) / h200.flopPerMs);
  });

  it("turns at the ridge", () => {
    expect(ridgeFlopPerByte(h200)).toBeCloseTo(412.3, 1);
    const bytes = 1e6;
    const flop = bytes * ridgeFlopPerByte(h200);
    expect(rooflineLimitMs(bytes, flop, h200)).toBeCloseTo(bytes / h200.bytesPerMs, 15);
    expect(rooflineLimitMs(bytes, 2 * flop, h200)).toBeCloseTo((2 * bytes) / h200.bytesPerMs, 15);
  });
});
