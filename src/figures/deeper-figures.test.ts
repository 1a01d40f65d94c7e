import { describe, expect, it } from "vitest";
import type { CapacityColumn, CapacityMap } from "../core/domain/capacity.ts";
import { EXAMPLE_PLAN } from "../core/domain/parse-plan.ts";
import type { Roof, RooflineOperator, RooflineStep } from "../core/domain/roofline.ts";
import type { Sensitivity } from "../core/domain/sensitivity.ts";
import { contourSpeeds, placeCapacity, usersAtSpeed } from "./capacity-plot.ts";
import {
  capacityFinding,
  holdsNobody,
  nearestCapacityFinding,
  nobodyFitsReason,
} from "./findings/capacity-finding.ts";
import { rooflineFinding } from "./findings/roofline-finding.ts";
import { sensitivityFinding } from "./findings/sensitivity-finding.ts";
import { placeRoofline } from "./roofline-plot.ts";
import { placeTornado } from "./tornado.ts";

const FRAME = { width: 500, height: 300, text: 12 };

const roof: Roof = {
  place: "accelerator",
  name: "H200",
  bytesPerMs: 4.8e9,
  peaks: [
    { name: "FP8", flopPerMs: 1979e9 },
    { name: "BF16", flopPerMs: 989e9 },
  ],
};

function operator(id: RooflineOperator["id"], bytes: number, flop: number, times: number): RooflineOperator {
  const limitMs = Math.max(bytes / roof.bytesPerMs, flop / 1979e9);
  return {
    ...{ id, name: id, hue: "experts", place: "accelerator", bytes, flop, limitMs, ms: limitMs * times },
    ...{ peakFlopPerMs: 1979e9, bound: "bandwidth", basis: "measured" },
  };
}

const step: RooflineStep = {
  kind: "decode",
  batch: 64,
  operators: [operator("routed-experts", 48e9, 480e9, 2), operator("attention-core", 4.8e9, 4.8e12, 1.5)],
  otherMs: 5,
  totalMs: 20 + 3.638 + 5,
};

describe("roofline", () => {
  const placed = placeRoofline(step, [step], [roof], FRAME)!;

  it("draws every mark at or below its limit, and the limit at or below the roof", () => {
    expect(placed.marks).toHaveLength(2);
    for (const { at, limitY } of placed.marks) expect(at[1]).toBeGreaterThanOrEqual(limitY);
    const [experts] = placed.marks;
    const slope = (10 * roof.bytesPerMs) / 1e9;
    expect(experts!.limitY).toBeCloseTo((1 - placed.y.share(slope)) * FRAME.height, 6);
  });

  it("area is time", () => {
    const [experts, attention] = placed.marks;
    expect(experts!.radius / attention!.radius).toBeCloseTo(Math.sqrt(20 / attention!.operator.ms), 6);
  });

  it("says where the time is and how far from the limit", () => {
    const text = rooflineFinding(step, [roof]);
    expect(text).toContain("spends 70 % of its time left of the ridge".replace(" %", "\u00a0%"));
    expect(text).toContain("10 FLOP a byte, 2× its limit");
  });
});

const column = (contextTokens: number, mostUsers: number, fastest: number): CapacityColumn => ({
  contextTokens,
  mostUsers,
  cells: [1, 4, 16, 64, 256].map((users) => ({
    users,
    fits: users <= mostUsers,
    tokensPerSecondPerUser: users <= mostUsers ? fastest / users ** 0.5 : null,
    tokensPerSecond: null,
  })),
});
const map: CapacityMap = {
  columns: [column(1024, 256, 100), column(4096, 64, 90), column(16_384, 16, 80)],
  own: { contextTokens: 4096, users: 16, mostUsers: 64, basis: "calibrated" },
  longestContext: 16_384,
};

describe("capacity", () => {
  it("finds the users at a speed between two loads", () => {
    const [first] = map.columns;
    expect(usersAtSpeed(first!, 50)).toBeCloseTo(4, 9);
    expect(usersAtSpeed(first!, 200)).toBe(0);
    expect(usersAtSpeed(first!, 1)).toBe(Infinity);
    expect(usersAtSpeed(first!, 100 / Math.sqrt(8))).toBeCloseTo(8, 6);
  });

  it("draws a band more than contours, none above the limit", () => {
    const placed = placeCapacity(map, FRAME)!;
    expect(contourSpeeds(map.columns).length).toBeGreaterThan(1);
    expect(placed.bands).toHaveLength(placed.contours.length + 1);
    expect(placed.own[1]).toBeGreaterThan(placed.ownLimitY!);
    const top = placed.limit.slice(1).split("L")[0]!.split(",").map(Number);
    expect(top).toEqual([0, 0]);
  });

  it("draws one band where speed is unknown", () => {
    const mute = map.columns.map((of) => ({
      ...of,
      cells: of.cells.map((cell) => ({ ...cell, tokensPerSecondPerUser: null })),
    }));
    expect(placeCapacity({ ...map, columns: mute }, FRAME)!.bands).toHaveLength(1);
  });

  it("says how many fit, and when not one does", () => {
    expect(capacityFinding(map)).toBe("Room for 64 users at 4K of context, 4× this plan's; 16 users at 16K.");
    const over = { ...map, own: { ...map.own, users: 100 } };
    expect(capacityFinding(over)).toBe("64 of 100 users fit at 4K of context.");
    const none = { ...map, columns: map.columns.map((of) => ({ ...of, mostUsers: 0 })) };
    expect(capacityFinding(none)).toBe("Not one user fits, however short the context.");
    expect([holdsNobody(map), holdsNobody(none)]).toEqual([false, true]);
    expect(nearestCapacityFinding(map, "16 × H100, one change")).toBe(
      "The nearest plan that fits, 16 × H100, one change: room for 64 users at 4K of context, 4× what is asked; 16 users at 16K.",
    );
  });

  describe("says why nobody fits, with the numbers of the tightest rank", () => {
    const GIB = 1024 ** 3;
    const reason = (weights: number, spare: number, ranks = 1) =>
      nobodyFitsReason({
        infeasible: [],
        memory: {
          kvCacheTokens: 0,
          kvCacheTokensNeeded: 0,
          kvBytesPerToken: 70_272,
          concurrencyLimit: 0,
          weightsBytes: 0,
          basis: "calibrated",
          ranks: Array.from({ length: ranks }, (_, i) => ({
            name: `GPU ${i}`,
            kind: "accelerator",
            weights: weights * GIB,
            weightsByGroup: { routedExperts: weights * GIB, other: 0 },
            kvCache: 0,
            kvCacheNeeded: 2 * GIB,
            activations: GIB,
            runtime: 3 * GIB,
            total: (weights + 6) * GIB,
            capacity: 80 * GIB,
            spare: spare * GIB,
          })),
        },
      }).replaceAll("\u00a0", " ");

    it("the weights alone, beyond the memory and beyond what the engine uses of it", () => {
      expect(reason(100, -26, 8)).toMatch(
        /^The weights alone take 100.0 GiB on each of 8 ranks, 20.0 GiB more than the 80.0 GiB that are there/,
      );
      expect(reason(75, -9)).toMatch(
        /^The weights alone take 75.0 GiB on GPU 0, 3.0 GiB more than the 72.0 GiB that the engine may use/,
      );
    });

    it("no room for a token, and less than one user's", () => {
      expect(reason(70, -4)).toMatch(
        /runtime take 74.0 GiB on GPU 0, and 72.0 GiB may be used: there is no room/,
      );
      expect(reason(70, -1)).toMatch(/^76.0 GiB are needed on GPU 0, and 75.0 GiB may be used/);
    });

    it("another reason than memory in its own words", () => {
      const infeasible = [{ kind: "layout", message: "TP 3 does not divide 128 heads." }] as never;
      expect(nobodyFitsReason({ memory: null, infeasible })).toBe("TP 3 does not divide 128 heads.");
    });
  });
});

const range = (value: number) => ({
  value,
  low: value * 0.8,
  high: value * 1.3,
  basis: "calibrated" as const,
});
const figures = (total: number) => ({ perUser: null, total, ttft: null, cost: null });
const change = (label: string, total: number) => ({ label, plan: EXAMPLE_PLAN, figures: figures(total) });
const sensitivity: Sensitivity = {
  base: { perUser: null, total: range(1000), ttft: null, cost: null },
  inputs: [
    { id: "price", name: "Price", current: "$4", cases: [change("$2", 1000)], refused: [] },
    {
      id: "users",
      name: "Users",
      current: "64",
      cases: [change("32", 600), change("128", 1500)],
      refused: [],
    },
    {
      id: "accelerator",
      name: "Accelerator",
      current: "",
      cases: [change("8 x B200", 4000)],
      refused: ["8 x H100"],
    },
  ],
};

describe("tornado", () => {
  it("sorts by swing and leaves out what does not move", () => {
    const tornado = placeTornado(sensitivity, "total")!;
    expect(tornado.rows.map(({ input }) => input.id)).toEqual(["accelerator", "users"]);
    expect(tornado.still.map(({ id }) => id)).toEqual(["price"]);
    const [accelerator, users] = tornado.rows;
    expect([accelerator!.low, accelerator!.from]).toEqual([null, tornado.at]);
    expect([users!.low!.value, users!.high!.value, users!.swing]).toEqual([600, 1500, 2.5]);
    expect(users!.from).toBeLessThan(tornado.at);
  });

  it("has nothing to say of a metric that the plan has not", () => {
    expect(placeTornado(sensitivity, "cost")).toBeNull();
    expect(sensitivityFinding(null, "cost")).toBe("Cost of this plan cannot be told.");
  });

  it("names the input that moves most, with both ends", () => {
    const tornado = placeTornado(sensitivity, "total");
    expect(sensitivityFinding(tornado, "total")).toBe(
      "Throughput hangs most on accelerator: 4× with 8\u00a0×\u00a0B200; then users, 2.5× from end to end.",
    );
  });
});
