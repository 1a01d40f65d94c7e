/** Rules of a plan's own mix: what can be done with their list, and lists to start from. */
import type { OptionsPlan, Plan } from "../../../core/domain/plan.ts";
import { findPatternFault } from "../../../core/domain/tensor-pattern.ts";

export type MixRules = NonNullable<OptionsPlan["tensorTypes"]>;

/** Largest first: the order in which a reader looks for "one step more". */
export const RULE_TYPES = [
  ...(["f32", "bf16", "f16", "q8_0", "q6_K", "q5_1", "q5_K", "q5_0", "q4_1", "q4_K", "q4_0"] as const),
  ...(["iq4_nl", "iq4_xs", "mxfp4", "q3_K", "iq3_s", "iq3_xxs", "q2_K", "iq2_s", "iq2_xs", "q2_0"] as const),
  ...(["tq2_0", "iq2_xxs", "iq1_m", "tq1_0", "iq1_s", "q1_0"] as const),
] satisfies readonly MixRules[number]["type"][];

/** What is wrong with each rule, as a sentence beside it; null where nothing is. */
export const ruleFaults = (rules: MixRules): readonly (string | null)[] =>
  rules.map(({ pattern }) => {
    const fault = findPatternFault(pattern);
    return fault === undefined ? null : `The pattern ${fault}.`;
  });

/** A rule one place up or down; the first that is found in a name decides, so order matters. */
export function moveRule(rules: MixRules, index: number, step: -1 | 1): MixRules {
  const [rule, other] = [rules[index], rules[index + step]];
  if (!rule || !other) return rules;
  return rules.map((of, i) => (i === index ? other : i === index + step ? rule : of));
}

/** The plan with these rules; without any it is the stock mix again. */
export function withRules(plan: Plan, rules: MixRules): Plan {
  const { tensorTypes: _, ...options } = plan.options;
  return { ...plan, options: rules.length === 0 ? options : { ...options, tensorTypes: rules } };
}

export interface MixPreset {
  readonly name: string;
  readonly remark: string;
  readonly rules: MixRules;
  /** Its types are made with an importance matrix alone. */
  readonly imatrix?: boolean;
}

/** Everything but routed experts, norms and router: 2.6 % of the parameters, read at every token. */
const REST = "attn_|_shexp|ffn_(down|gate|up)\\.|^output\\.|^token_embd";

export const MIX_PRESETS: readonly MixPreset[] = [
  {
    name: "Rest in q8_0",
    remark: "attention, shared expert, dense layers, head and embedding keep eight bits",
    rules: [{ pattern: REST, type: "q8_0" }],
  },
  {
    name: "Attention in q8_0",
    remark: "only the tensors of attention",
    rules: [{ pattern: "attn_", type: "q8_0" }],
  },
  {
    name: "Down in q6_K",
    remark: "the experts' way back in six bits, in all layers",
    rules: [{ pattern: "ffn_down_exps", type: "q6_K" }],
  },
  {
    name: "First and last layers in q6_K",
    remark: "experts of three layers at each end",
    rules: [{ pattern: "blk\\.([3-5]|5[89]|60)\\.ffn_(down|gate|up)_exps", type: "q6_K" }],
  },
  {
    name: "Experts in two bits, rest in q8_0",
    remark: "gate and up in iq2_xxs, down in iq3_xxs, with an importance matrix",
    imatrix: true,
    rules: [
      { pattern: "ffn_down_exps", type: "iq3_xxs" },
      { pattern: "ffn_(gate|up)_exps", type: "iq2_xxs" },
      { pattern: REST, type: "q8_0" },
    ],
  },
];
