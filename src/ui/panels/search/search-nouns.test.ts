import { describe, expect, it } from "vitest";
import { EXAMPLE_PLAN } from "../../../core/domain/parse-plan.ts";
import { namesOf } from "../../plan/directory-names.ts";
import { queryOfPlan } from "./query-of-plan.ts";
import type { SearchNounId } from "./search-noun.ts";
import { relaxed, SEARCH_NOUN_IDS, SEARCH_NOUNS } from "./search-nouns.ts";

const query = queryOfPlan(EXAMPLE_PLAN);
const names = namesOf(null);
const typed = (noun: SearchNounId, text: string) => {
  const next = SEARCH_NOUNS[noun].type?.(query, text);
  return next === undefined ? undefined : SEARCH_NOUNS[noun].words(next, names);
};

describe("nouns of the search sentence", () => {
  it("say what the plan asks", () => {
    const sentence = SEARCH_NOUN_IDS.filter((id) => SEARCH_NOUNS[id].optional?.(query) ?? true)
      .map((id) => {
        const { before, after = "", words } = SEARCH_NOUNS[id];
        return before + words(query, names) + after;
      })
      .join("");
    expect(sentence).toBe(
      "Find the cheapest way to serve DeepSeek-V3-0324 to 64 or more users sending 1K and getting 1K tokens, " +
        "each at ≥ 20 tok/s, first token in ≤ 2 s, for any price on any hardware",
    );
  });

  it.each([
    ["users", "1.5k", "1,500 or more users"],
    ["users", "0", undefined],
    ["input", "8K", "8K"],
    ["input", "many", undefined],
    ["speed", "40", "≥ 40 tok/s"],
    ["speed", "50 ms", "≥ 20 tok/s"],
    ["speed", "any", "any speed"],
    ["speed", "≥ 25 tok/s", "≥ 25 tok/s"],
    ["ttft", "500ms", "≤ 500 ms"],
    ["ttft", "3 s", "≤ 3 s"],
    ["hour", "$99.50", "≤ $99.50 an hour"],
    ["hour", "any", "any price"],
    ["million", "2", "≤ $2 a million tokens"],
    ["power", "12.5 kW", "12.5 kW"],
    ["power", "-1", undefined],
  ] as const)("%s understands %s", (noun, text, words) => {
    expect(typed(noun, text)).toBe(words);
  });

  it("widen the one limit that a relaxation names", () => {
    expect(relaxed(query, "tpot", 60)?.slo).toEqual({ ...query.slo, tpotMs: 60 });
    expect(relaxed(query, "memory-weights", 60)).toBeUndefined();
  });
});
