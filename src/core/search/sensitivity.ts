/** Which input moves a plan's answer most: each changed alone, the whole plan evaluated anew. */
import type { Catalog } from "../domain/catalog.ts";
import type { Estimate } from "../domain/estimate.ts";
import type { LeverKind } from "../domain/levers.ts";
import type { Plan, WorkloadPlan } from "../domain/plan.ts";
import type {
  Sensitivity,
  SensitivityCase,
  SensitivityFigures,
  SensitivityInput,
} from "../domain/sensitivity.ts";
import { choosePrice } from "../model/cost/rental-price.ts";
import { evaluate } from "../model/evaluate.ts";
import { acceptance } from "../model/serving/acceptance.ts";
import { formatNumber, formatShare, formatTokensShort, formatUsd } from "../units/format.ts";
import { modelFacts, type SearchFacts } from "./family-facts.ts";
import { variationsOf } from "./variations.ts";

interface Change {
  readonly label: string;
  readonly plan: Plan;
}

interface Input {
  readonly id: string;
  readonly name: string;
  readonly current: string;
  readonly changes: readonly Change[];
}

/**
 * Every input of a plan, changed alone: numbers halved and doubled, choices to each other choice.
 *
 *   swing = ln(largest / smallest) of a metric over the plan and its changes      ordered by the reader's metric
 *
 * Leaves   out changes that do not fit or cannot be told; they are named. Inputs of which no change is left
 *          are kept with none, so that their absence is seen.
 * Returns  `null` for a plan whose speed cannot be told.
 */
export function sensitivityOf(plan: Plan, facts: SearchFacts): Sensitivity | null {
  const estimate = evaluate(plan, modelFacts(facts, plan.cluster.accelerator));
  const { performance, cost } = estimate;
  if (performance === null) return null;
  const inputs = [...numbers(plan, facts.catalog), ...choices(plan, facts.catalog)];
  return {
    base: {
      perUser: performance.outputTokensPerSecondPerUser,
      total: performance.outputTokensPerSecond,
      ttft: performance.ttftMs,
      cost: cost?.ranges.usdPerMillionOutputTokens ?? null,
    },
    inputs: inputs.map((input) => tried(input, facts)),
  };
}

function tried({ id, name, current, changes }: Input, facts: SearchFacts): SensitivityInput {
  const cases: SensitivityCase[] = [];
  const refused: string[] = [];
  for (const { label, plan } of changes) {
    const estimate = evaluate(plan, modelFacts(facts, plan.cluster.accelerator));
    const figures = estimate.fits ? figuresOf(estimate) : null;
    if (figures === null) refused.push(label);
    else cases.push({ label, plan, figures });
  }
  return { id, name, current, cases, refused };
}

function figuresOf({ performance, cost }: Estimate): SensitivityFigures | null {
  if (performance === null) return null;
  return {
    perUser: performance.outputTokensPerSecondPerUser.value,
    total: performance.outputTokensPerSecond.value,
    ttft: performance.ttftMs.value,
    cost: cost?.usdPerMillionOutputTokens ?? null,
  };
}

function numbers(plan: Plan, catalog: Catalog): Input[] {
  const { workload, price } = plan;
  const changed = (part: Partial<WorkloadPlan>): Plan => ({ ...plan, workload: { ...workload, ...part } });
  const inputs: Input[] = [];
  const { concurrency, requestsPerSecond, inputTokens, outputTokens, prefixHitRate } = workload;
  const around = (
    id: string,
    name: string,
    value: number,
    say: (value: number) => string,
    make: (value: number) => Plan,
  ) => {
    const changes = [value / 2, value * 2].map((v) => ({ label: say(v), plan: make(v) }));
    inputs.push({ id, name, current: say(value), changes });
  };
  if (concurrency !== undefined) {
    around("users", "Users", concurrency, formatTokensShort, (v) =>
      changed({ concurrency: Math.max(1, Math.round(v)) }),
    );
  }
  if (requestsPerSecond !== undefined) {
    around("arrivals", "Arrivals a second", requestsPerSecond, formatNumber, (v) =>
      changed({ requestsPerSecond: v }),
    );
  }
  around("input", "Tokens sent", inputTokens, formatTokensShort, (v) =>
    changed({ inputTokens: Math.max(1, Math.round(v)) }),
  );
  around("output", "Tokens received", outputTokens, formatTokensShort, (v) =>
    changed({ outputTokens: Math.max(1, Math.round(v)) }),
  );
  inputs.push({
    ...{ id: "prefix", name: "Prefix hits", current: formatShare(prefixHitRate) },
    changes: [0, 0.5, 0.9]
      .filter((rate) => rate !== prefixHitRate)
      .map((rate) => ({ label: formatShare(rate), plan: changed({ prefixHitRate: rate }) })),
  });
  const drafts = draftsAccepted(plan);
  if (drafts !== null) inputs.push(drafts);
  const rent = choosePrice(plan, catalog.rentalOffers);
  if (rent !== null) {
    const { value, low, high } = rent.usd;
    const ends = low < value && high > value ? [low, high] : [value / 2, value * 2];
    const rate = (usdPerAcceleratorHour: number): Plan => ({
      ...plan,
      price: { ...price, usdPerAcceleratorHour },
    });
    const changes = ends.map((usd) => ({ label: `${formatUsd(usd)} an hour`, plan: rate(usd) }));
    inputs.push({ id: "price", name: "Price of a GPU-hour", current: formatUsd(value), changes });
  }
  return inputs;
}

/** From no draft kept to all of them. */
function draftsAccepted(plan: Plan): Input | null {
  if (plan.speculative === "off") return null;
  const most = 1 + Number(plan.speculative.slice(3));
  const { tokensPerStep } = acceptance(plan.speculative, plan.options);
  const say = (tokens: number) => `${formatNumber(tokens)} a step`;
  const accepted = (acceptanceLength: number): Plan => ({
    ...plan,
    options: { ...plan.options, acceptanceLength },
  });
  const changes = [1, most].map((tokens) => ({ label: say(tokens), plan: accepted(tokens) }));
  return { id: "drafts", name: "Tokens accepted", current: say(tokensPerStep), changes };
}

const CHOICES: readonly (readonly [LeverKind, string])[] = [
  ["accelerator", "Accelerator"],
  ["layout", "Layout"],
  ["weights", "Weights"],
  ["speculative", "Drafts"],
  ["kv-cache", "KV cache"],
  ["engine", "Engine"],
];

function choices(plan: Plan, catalog: Catalog): Input[] {
  const variations = variationsOf(plan, catalog);
  return CHOICES.flatMap(([kind, name]) => {
    const changes = variations
      .filter((variation) => variation.kind === kind)
      .map(({ title, plan: changed }) => ({ label: title, plan: changed }));
    return changes.length === 0 ? [] : [{ id: kind, name, current: "", changes }];
  });
}
