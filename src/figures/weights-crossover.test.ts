import { describe, expect, it } from "vitest";
import type { WeightNode } from "../core/domain/weight-tree.ts";
import { crossoverOf, HOURS_PER_MONTH, placeCrossover, tellingApis, type ApiWay } from "./crossover-plot.ts";
import { crossoverFinding, volumeShort } from "./findings/crossover-finding.ts";
import { weightsFinding } from "./findings/weights-finding.ts";
import { neighbour, placeWeights, weightPath } from "./weight-treemap.ts";

function node(id: string, bytes: number, children?: readonly WeightNode[]): WeightNode {
  const name = id.split("/").at(-1) ?? id;
  const base = { id, name, bytes, tensors: 1, parameters: bytes, types: [{ type: "q4_K", bytes }] };
  return { ...base, hue: "experts", ...(children ? { children } : {}) };
}
const layers = Array.from({ length: 6 }, (_, i) => node(`experts/down/${i}`, 10));
const file: WeightNode = {
  ...node("", 100, [
    node("experts", 90, [node("experts/down", 60, layers), node("experts/up", 30)]),
    node("head", 10),
  ]),
  name: "Q4_K_M",
};
const FRAME = { width: 400, height: 300, name: 17 };

describe("weight treemap", () => {
  const boxes = placeWeights(file, FRAME);
  const area = (of: (typeof boxes)[number]) => of.width * of.height;

  it("draws two levels, area by bytes, inside the frame", () => {
    expect(boxes.filter(({ depth }) => depth === 1).map(({ node: { id } }) => id)).toEqual([
      "experts",
      "head",
    ]);
    expect(boxes.filter(({ depth }) => depth === 2).map(({ node: { id } }) => id)).toEqual([
      "experts/down",
      "experts/up",
    ]);
    const [experts, head] = boxes.filter(({ depth }) => depth === 1);
    expect(area(experts!) / area(head!)).toBeGreaterThan(8.5);
    expect(area(experts!) / area(head!)).toBeLessThan(9.5);
    for (const box of boxes) expect(box.x + box.width).toBeLessThanOrEqual(FRAME.width + 1e-9);
  });

  it("finds the way down to a node, and back to the file when it is gone", () => {
    expect(weightPath(file, "experts/down").map(({ id }) => id)).toEqual(["", "experts", "experts/down"]);
    expect(weightPath(file, "attention").map(({ id }) => id)).toEqual([""]);
  });

  it("arrows go to the box on that side, and nowhere at the edge", () => {
    const [experts, head] = boxes.filter(({ depth }) => depth === 1);
    expect(neighbour(boxes, experts!, "right")).toBe(head);
    expect(neighbour(boxes, head!, "left")).toBe(experts);
    expect(neighbour(boxes, experts!, "left")).toBeNull();
  });

  it("says what most of it is", () => {
    expect(weightsFinding(file, file)).toMatch(/^90 % of .* GiB of Q4_K_M is experts; all of it q4_K\.$/);
  });
});

const api = (name: string, usdPerMillion: number): ApiWay => ({ kind: "api", name, usdPerMillion });
const own = { kind: "own", name: "Own, 5 years", usdPerMonth: 10_000 } as const;
/** A thousand tokens a second: 2.63 billion a month. */
const RATE = 1000;
const FULL = RATE * 3600 * HOURS_PER_MONTH;

describe("crossover", () => {
  const apis = [api("A", 8), api("B", 5), api("C", 1)];

  it("finds the volume at which an API costs as much as the cluster", () => {
    const { crossings, full } = crossoverOf([own], apis, RATE);
    expect(full).toBe(FULL);
    expect(crossings.map(({ tokens }) => tokens)).toEqual([1.25e9, 2e9, 1e10]);
    expect(crossings.map(({ utilisation }) => utilisation <= 1)).toEqual([true, true, false]);
  });

  it("names the cheapest API that is beaten and the one that never is", () => {
    expect(crossoverFinding(crossoverOf([own], apis, RATE))).toBe(
      "Owning beats B at $5.00 above 2.00 billion output tokens a month, 76\u00a0% of this cluster; never C at $1.00.",
    );
    expect(crossoverFinding(crossoverOf([own], [api("C", 1)], RATE))).toBe(
      "Owning never pays, even full: $3.80 a million against $1.00 at most.",
    );
    expect(crossoverFinding(crossoverOf([], apis, RATE))).toBe("What this cluster costs a month is unknown.");
  });

  it("says in one sentence what owning and renting alike beat and do not", () => {
    const rent = { kind: "rent", name: "Rent", usdPerMonth: 12_500 } as const;
    expect(crossoverFinding(crossoverOf([own, rent], apis, RATE))).toBe(
      "Owning beats B at $5.00 above 2.00 billion output tokens a month, renting above 2.50 billion; neither ever beats C at $1.00.",
    );
    const dear = { ...rent, usdPerMonth: 20_000 };
    expect(crossoverFinding(crossoverOf([own, dear], apis, RATE))).toContain(". Renting beats A at $8.00");
  });

  it("marks only crossings that the cluster can reach, on its own line", () => {
    const frame = { width: 500, height: 300, text: 12 };
    const placed = placeCrossover(crossoverOf([own], apis, RATE), frame, volumeShort)!;
    expect(placed.crossings.map(({ crossing }) => crossing.api.name)).toEqual(["A", "B"]);
    const level = (1 - placed.y.share(own.usdPerMonth)) * frame.height;
    for (const { at } of placed.crossings) {
      expect(at[1]).toBeCloseTo(level, 6);
      expect(at[0]).toBeLessThan(placed.fullX);
    }
  });

  it("draws the cheapest, the middle and the dearest of many", () => {
    const many = [3, 1, 9, 4, 5].map((usd) => api(`${usd}`, usd));
    expect(tellingApis(many).map(({ usdPerMillion }) => usdPerMillion)).toEqual([1, 4, 9]);
    expect(tellingApis([api("A", 2), api("B", 2)])).toHaveLength(1);
    expect(tellingApis([])).toEqual([]);
  });
});
