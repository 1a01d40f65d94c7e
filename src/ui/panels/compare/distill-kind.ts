import { distillClient } from "../../../bridge/distill-client.ts";
import type { DistillEstimate } from "../../../core/domain/distill-estimate.ts";
import type { DistillPlan } from "../../../core/domain/distill-plan.ts";
import { fail, ok } from "../../../core/domain/result.ts";
import { DISTILL_METRICS, DISTILL_RACE } from "../../../figures/compare/distill-metrics.ts";
import type { DistillDirectory } from "../../../../workers/api.ts";
import type { Page } from "../../context.ts";
import { labelsOf } from "../../plan/form-fields.ts";
import { deviceSentence } from "../../plan/verdict-words.ts";
import { fieldGroups } from "../distill/distill-fields.ts";
import { describeDistill, DISTILL_NOUNS } from "../distill/distill-nouns.ts";
import type { CompareKind } from "./kind.ts";

/** What the sentence says, which the form of all fields does not repeat. */
const SAID: readonly (readonly [path: string, label: string])[] = [
  ["model", "teacher"],
  ["student.id", "student"],
  ["student.method", "trained"],
  ["student.gpu", "accelerator of the student"],
  ["student.count", "accelerators of the student"],
  ["job.samples", "prompts"],
  ["job.promptTokens", "tokens of a prompt"],
  ["job.answerTokens", "tokens of an answer"],
  ["edge.weights", "weights on the device"],
  ["edge.device", "device"],
  ["edge.contextTokens", "tokens of context"],
];

/** Numbers that a noun says bare. */
const COUNTED: Readonly<Record<string, string>> = { prompt: " in", answer: " out" };

/** `directory`: names of students and devices, once they are known. */
export const distillKind = (
  { plan: state }: Page,
  directory: () => DistillDirectory | null,
): CompareKind<DistillPlan, DistillEstimate> => ({
  goal: "distill",
  is: (plan): plan is DistillPlan => plan.goal === "distill",
  metrics: DISTILL_METRICS,
  race: DISTILL_RACE,
  compute: async (plans) => {
    const answer = await distillClient().estimates(plans);
    if (!answer.ok) return answer;
    return ok(answer.value.map((one) => ("problem" in one ? fail(one.problem) : ok(one.estimate))));
  },
  facts: (_plan, estimate) => ({
    fits: estimate.fits,
    word: estimate.fits ? "Works" : "Does not work",
    sentence: estimate.fits ? deviceSentence(estimate) : (estimate.infeasible[0]?.message ?? ""),
    memory: null,
    limit: "",
    offer: estimate.teacher?.offer ?? "",
    breaches: {},
  }),
  nouns: (plan) => {
    const words = describeDistill(plan, state.names, directory());
    return new Map(DISTILL_NOUNS.map((noun) => [noun, words[noun] + (COUNTED[noun] ?? "")]));
  },
  usual: ["student", "device"],
  unsaid:
    /^(teacher\.|job\.(?!samples$|promptTokens|answerTokens)|student\.(?!id|method|gpu|count)|edge\.(imatrix|cache)|service\.|price\.|target)/,
  words: (plans) => ({
    labels: new Map([...SAID, ...plans.flatMap((plan) => labelsOf(fieldGroups(plan)))]),
    say: (path, value) => {
      const rows = { "student.id": directory()?.students, "edge.device": directory()?.devices }[path];
      return rows?.find(({ id }) => id === value)?.name;
    },
  }),
});
