import { finetuneClient } from "../../../bridge/finetune-client.ts";
import type { FinetuneEstimate } from "../../../core/domain/finetune-estimate.ts";
import type { FinetunePlan } from "../../../core/domain/finetune-plan.ts";
import { ok } from "../../../core/domain/result.ts";
import { FINETUNE_METRICS, FINETUNE_RACE } from "../../../figures/compare/finetune-metrics.ts";
import type { Page } from "../../context.ts";
import { labelsOf } from "../../plan/form-fields.ts";
import { runSentence } from "../../plan/verdict-words.ts";
import { fieldGroups } from "../finetune/finetune-fields.ts";
import { finetuneNouns, methodWords, wordsOf } from "../finetune/finetune-nouns.ts";
import type { CompareKind } from "./kind.ts";
import { limitWords } from "./limit-words.ts";

/** What the sentence says, which the form of all fields does not repeat. */
const SAID: readonly (readonly [path: string, label: string])[] = [
  ["method", "method"],
  ["base", "base weights"],
  ["framework", "framework"],
  ["data.tokens", "tokens"],
  ["training.sequenceTokens", "tokens a sequence"],
];

const METHODS: Readonly<Record<string, string>> = { lora: "LoRA", qlora: "QLoRA", full: "all weights" };

/** Numbers that a noun says bare. */
const COUNTED: Readonly<Record<string, (word: string) => string>> = {
  rank: (word) => `rank ${word}`,
  sequence: (word) => `sequences of ${word}`,
};

export const finetuneKind = ({ plan: state }: Page): CompareKind<FinetunePlan, FinetuneEstimate> => ({
  goal: "finetune",
  is: (plan): plan is FinetunePlan => plan.goal === "finetune",
  metrics: FINETUNE_METRICS,
  race: FINETUNE_RACE,
  compute: async (plans) => {
    const answer = await finetuneClient().estimates(plans);
    return answer.ok ? ok(answer.value.map(ok)) : answer;
  },
  facts: (_plan, estimate) => ({
    fits: estimate.fits,
    word: estimate.fits ? "Fits" : "Does not fit",
    sentence: estimate.fits ? runSentence(estimate) : (estimate.infeasible[0]?.message ?? ""),
    memory: null,
    limit: limitWords(estimate.performance),
    offer: estimate.cost?.offer ?? "",
    breaches: {},
  }),
  nouns: (plan) => {
    const words = new Map(finetuneNouns(plan, state.directory).map((noun) => [noun.id, wordsOf(noun)]));
    const machine = `${words.get("count") ?? ""} ${words.get("accelerator") ?? ""}`;
    return new Map(
      [...words]
        .filter(([id]) => id !== "count")
        .map(([id, word]) => [id, id === "accelerator" ? machine : (COUNTED[id]?.(word) ?? word)]),
    );
  },
  usual: ["method", "accelerator"],
  unsaid: /^(layout\.|training\.(?!sequenceTokens)|data\.(?!tokens)|result\.|price\.|target)/,
  words: (plans) => ({
    labels: new Map([...SAID, ...plans.flatMap((plan) => labelsOf(fieldGroups(plan, state.directory)))]),
    say: (path, value) => {
      if (path === "base") return value.toUpperCase();
      const named = plans.find((plan) => plan[path as "method" | "framework"] === value);
      if (path === "framework" && named) return methodWords(named, state.directory).framework;
      return path === "method" ? METHODS[value] : undefined;
    },
  }),
});
