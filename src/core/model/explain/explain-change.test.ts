import { expect, it } from "vitest";
import { catalog, loadOpTables } from "../../../planner-data.ts";
import { EXAMPLE_PLAN } from "../../domain/parse-plan.ts";
import type { Plan } from "../../domain/plan.ts";
import { evaluate } from "../evaluate.ts";
import { explainChange } from "./explain-change.ts";

const to: Plan = { ...EXAMPLE_PLAN, layout: { ...EXAMPLE_PLAN.layout, dpAttention: 8, ep: 8 } };

it("puts both throughputs into the formula, and names what was changed and what moved", async () => {
  const facts = { catalog, opTables: await loadOpTables("h200-sxm") };
  const { metrics, sources } = explainChange({ from: EXAMPLE_PLAN, to, title: "EP 8" }, facts, facts)!;
  const [{ worked, terms }] = metrics as [(typeof metrics)[number]];
  const [after = 0, before = 0, , percent = 0] = [...worked.matchAll(/[\d,]+(?:\.\d+)?/g)].map(([digits]) =>
    Number(digits.replaceAll(",", "")),
  );
  const rate = (plan: Plan) => evaluate(plan, facts).performance!.outputTokensPerSecond.value;
  expect(after / rate(to)).toBeCloseTo(1, 2);
  expect(before / rate(EXAMPLE_PLAN)).toBeCloseTo(1, 2);
  expect(percent).toBe(Math.abs(Math.round((rate(to) / rate(EXAMPLE_PLAN) - 1) * 100)));
  expect(terms.filter(({ basis }) => basis === "plan").map(({ name, value }) => [name, value])).toEqual(
    expect.arrayContaining([
      ["Plan, layout.dpAttention", "1 → 8"],
      ["Plan, layout.ep", "1 → 8"],
    ]),
  );
  expect(terms.find(({ name }) => name === "Decode step")!.value).toMatch(/\d.* → .*\d/);
  for (const { value } of terms) {
    const [a, b] = value.split(" → ");
    expect(a).not.toBe(b);
  }
  expect(sources.length).toBeGreaterThan(0);
});

it("says nothing where a speed cannot be told", () => {
  const unknown: Plan = { ...EXAMPLE_PLAN, layout: { ...EXAMPLE_PLAN.layout, experts: "cpu" } };
  const facts = { catalog, opTables: null };
  expect(explainChange({ from: EXAMPLE_PLAN, to: unknown, title: "x" }, facts, facts)).toBeNull();
});
