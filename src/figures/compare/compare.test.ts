import { describe, expect, it } from "vitest";
import type { Estimate } from "../../core/domain/estimate.ts";
import type { Ranged } from "../../core/domain/provenance.ts";
import { estimateOf, rangeOf as range } from "../fixture.ts";
import { compareFinding, differenceWords } from "./compare-finding.ts";
import { SERVE_METRICS, SERVE_RACE } from "./serve-metrics.ts";
import { compareMetrics, placeOnAxis } from "./compare-metrics.ts";

function plan({ user, usd, fits = true }: { user?: Ranged; usd?: Ranged; fits?: boolean }): Estimate {
  const { performance, cost, ...rest } = estimateOf();
  if (!performance || !cost) throw new Error("the fixture has both");
  return {
    ...rest,
    fits,
    performance: { ...performance, outputTokensPerSecondPerUser: user ?? range(30) },
    cost: { ...cost, ranges: { ...cost.ranges, usdPerMillionOutputTokens: usd ?? range(5) } },
  };
}

const row = (estimates: readonly (Estimate | null)[], id: string) => {
  const metric = compareMetrics(SERVE_METRICS, estimates).find((one) => one.id === id);
  if (!metric) throw new Error(`no row ${id}`);
  return metric;
};

describe("compareMetrics", () => {
  it("calls the best one best only where its interval clears all others", () => {
    expect(row([plan({ user: range(30) }), plan({ user: range(60) })], "user").leads).toEqual([null, "best"]);
    expect(row([plan({ user: range(30) }), plan({ user: range(33) })], "user").leads).toEqual([
      null,
      "ahead",
    ]);
  });

  it("takes less for better where it is", () => {
    expect(row([plan({ usd: range(9) }), plan({ usd: range(2) })], "output").leads).toEqual([null, "best"]);
  });

  it("lets nobody lead where all are alike, and both where two of three are", () => {
    expect(row([plan({}), plan({})], "user").leads).toEqual([null, null]);
    const three = [plan({}), plan({}), plan({ user: range(10) })];
    expect(row(three, "user").leads).toEqual(["best", "best", null]);
  });

  it("never lets a plan lead that does not fit, and leaves a plan without answer empty", () => {
    const rows = [
      plan({ user: range(90), fits: false }),
      plan({ user: range(30) }),
      plan({ user: range(10) }),
    ];
    expect(row(rows, "user").leads).toEqual([null, "best", null]);
    expect(row([null, plan({})], "user").values[0]).toBeNull();
  });

  it("draws all plans of a row on one axis and cuts what runs far beyond it", () => {
    const { axisTo } = row([plan({ user: range(10, 9, 200) }), plan({ user: range(20) })], "user");
    expect(axisTo).toBe(36);
    expect(placeOnAxis(range(10, 9, 200), axisTo)).toMatchObject({ high: 1, open: true });
    expect(placeOnAxis(range(18), axisTo)).toMatchObject({ value: 0.5, open: false });
  });
});

describe("compareFinding", () => {
  const finding = (plans: readonly Estimate[]) =>
    compareFinding(plans, compareMetrics(SERVE_METRICS, plans), SERVE_RACE);

  it("names the cheapest and the fastest with their numbers", () => {
    expect(finding([plan({ usd: range(2) }), plan({ user: range(60) })])).toBe(
      "A costs least, $2.00 a million output tokens; B is fastest for each user, 60.0 tok/s.",
    );
    expect(finding([plan({ usd: range(2), user: range(60) }), plan({})])).toBe(
      "A costs least, $2.00 a million output tokens and is fastest for each user, 60.0 tok/s.",
    );
  });

  it("says where the lead lies within the ranges, and who does not fit", () => {
    expect(finding([plan({ user: range(33) }), plan({}), plan({ fits: false })])).toBe(
      "A is fastest for each user, 33.0 tok/s; their ranges overlap. C does not fit.",
    );
    expect(finding([plan({ fits: false }), plan({})])).toBe("Only B fits. A does not fit.");
  });
});

it("differenceWords names the first fields and counts the rest", () => {
  expect(differenceWords(["weights"])).toBe("weights");
  expect(differenceWords(["a", "b", "c", "d"])).toBe("a, b, c and d");
  expect(differenceWords(["a", "b", "c", "d", "e"])).toBe("a, b, c and two more");
});
