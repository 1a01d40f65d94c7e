/** The nouns of the fine-tuning sentence: what can be chosen, and the plan that a choice writes. */
import type {
  AdapterPlan,
  AdapterTarget,
  FinetunePlan,
  FrameworkId,
} from "../../../core/domain/finetune-plan.ts";
import { TRAINING_HOST } from "../../../core/domain/parse-finetune-plan.ts";
import { formatCount, formatTokensShort } from "../../../core/units/format.ts";
import { tokensWord } from "../../../figures/findings/finetune-findings.ts";
import type { Directory } from "../../../../workers/api.ts";

export interface NounChoice {
  readonly value: string;
  readonly name: string;
}

export interface FinetuneNoun {
  readonly id: string;
  /** What a screen reader calls the control. */
  readonly label: string;
  readonly before: string;
  readonly after: string;
  readonly value: string;
  readonly choices: readonly NounChoice[];
  /** The plan as JSON for the parser to complete. */
  readonly write: (value: string) => unknown;
  /** The noun is a number that can be typed: what it counts, and how it is read. */
  readonly amount?: { readonly label: string; readonly kind: "count" | "tokens" };
}

/** What the sentence says: the name of what was chosen. */
export const wordsOf = ({ value, choices }: FinetuneNoun): string =>
  choices.find((choice) => choice.value === value)?.name ?? value;

const METHODS: readonly (readonly [value: string, name: string])[] = [
  ["lora/bf16", "LoRA in BF16"],
  ["lora/fp8", "LoRA over FP8"],
  ["lora/int8", "LoRA over INT8"],
  ["qlora/nf4", "QLoRA in NF4"],
  ["qlora/int4", "QLoRA in INT4"],
  ["full/bf16", "all weights in BF16"],
  ["full/fp8", "all weights in FP8"],
];

/** What the page chooses for a method where several frameworks offer it. */
const CHOSEN: Readonly<Record<string, FrameworkId>> = {
  "lora/bf16": "ms-swift",
  "full/bf16": "megatron-bridge",
};

function frameworksOf(method: string, directory: Directory | null): readonly FrameworkId[] {
  const offered = (directory?.frameworks ?? [])
    .filter(({ methods }) => methods.includes(method))
    .map(({ id }) => id);
  return offered.toSorted((a, b) => Number(b === CHOSEN[method]) - Number(a === CHOSEN[method]));
}

const ATTENTION: readonly AdapterTarget[] = ["q_a", "q_b", "kv_a", "kv_b", "o"];
const TARGETS: readonly (readonly [value: string, name: string, targets: readonly AdapterTarget[]])[] = [
  ["attention", "attention", ATTENTION],
  ["shared", "attention and the shared expert", [...ATTENTION, "shared"]],
  ["linear", "all but routed experts", [...ATTENTION, "dense", "shared"]],
  ["routed", "every matrix, routed experts too", [...ATTENTION, "dense", "shared", "routed"]],
];

const NODES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128];
const TOKENS = [1e6, 5e6, 10e6, 40e6, 100e6, 500e6, 1e9, 10e9];
const SEQUENCES = [512, 1024, 2048, 4096, 8192, 16_384, 32_768];
const RANKS = [4, 8, 16, 32, 64, 128];

export const methodOf = ({ method, base }: FinetunePlan): string => `${method}/${base}`;

/** Another method, framework or cluster: what follows from them is the parser's again. */
function rewritten(plan: FinetunePlan, change: Partial<FinetunePlan>): unknown {
  const { layout: _, training, adapters, result, ...rest } = plan;
  const { globalBatch: __, routerFrozen: ___, ...kept } = training;
  const next = { ...rest, ...change };
  const full = next.method === "full";
  const onHost = next.framework === "ktransformers";
  const many = next.cluster.acceleratorsPerNode * next.cluster.nodes > 1;
  return {
    ...next,
    training: kept,
    ...(full || !adapters ? {} : { adapters }),
    ...(onHost && many ? { layout: { sharding: "full" } } : {}),
    ...(onHost ? { cluster: { ...TRAINING_HOST, ...next.cluster } } : {}),
    result: full ? { ...result, form: "merged" } : result,
  };
}

function withOwn(choices: readonly number[], own: number, name: (value: number) => string): NounChoice[] {
  const all = choices.includes(own) ? choices : [...choices, own].sort((a, b) => a - b);
  return all.map((value) => ({ value: String(value), name: name(value) }));
}

function targetsOf({ ranks }: AdapterPlan): string {
  const named = Object.keys(ranks).sort().join();
  return TARGETS.find(([, , targets]) => [...targets].sort().join() === named)?.[0] ?? "own";
}

export function finetuneNouns(plan: FinetunePlan, directory: Directory | null): readonly FinetuneNoun[] {
  const { adapters } = plan;
  const method = methodOf(plan);
  const frameworks = frameworksOf(method, directory);
  const frameworkName = (id: FrameworkId) => directory?.frameworks.find((one) => one.id === id)?.name ?? id;
  const methods = METHODS.some(([value]) => value === method)
    ? METHODS
    : [...METHODS, [method, method] as const];
  return [
    {
      id: "model",
      label: "Model",
      before: "Fine-tune ",
      after: "",
      value: plan.model,
      choices: (directory?.models ?? [{ id: plan.model, name: plan.model }]).map(({ id, name }) => ({
        value: id,
        name,
      })),
      write: (model) => ({ ...plan, model }),
    },
    {
      id: "method",
      label: "Method and base",
      before: " by ",
      after: "",
      value: method,
      choices: methods.map(([value, name]) => ({ value, name })),
      write: (value) => {
        const [next = "lora", base = "bf16"] = value.split("/");
        const framework = frameworksOf(value, directory)[0] ?? plan.framework;
        return rewritten(plan, { method: next, base, framework } as Partial<FinetunePlan>);
      },
    },
    {
      id: "framework",
      label: "Framework",
      before: " with ",
      after: adapters ? "," : "",
      value: plan.framework,
      choices: [...new Set([...frameworks, plan.framework])].map((value) => ({
        value,
        name: frameworkName(value),
      })),
      write: (framework) => rewritten(plan, { framework } as Partial<FinetunePlan>),
    },
    ...(adapters ? adapterNouns(plan, adapters) : []),
    ...clusterNouns(plan, directory),
    ...workNouns(plan),
  ];
}

/** The run's sentence as plain text, without its full stop. */
export const runText = (plan: FinetunePlan, directory: Directory | null): string =>
  finetuneNouns(plan, directory)
    .map((noun) => noun.before + wordsOf(noun) + noun.after)
    .join("")
    .replace(/\.$/, "");

/** How a method is told in a table of them. */
export function methodWords(plan: FinetunePlan, directory: Directory | null) {
  const nouns = finetuneNouns(plan, directory);
  const word = (id: string) => {
    const noun = nouns.find((row) => row.id === id);
    return noun ? wordsOf(noun) : "";
  };
  return { method: word("method"), framework: word("framework"), targets: word("targets") || "everything" };
}

function clusterNouns(plan: FinetunePlan, directory: Directory | null): readonly FinetuneNoun[] {
  const { adapters, cluster } = plan;
  const accelerators = (directory?.accelerators ?? []).filter(({ kind }) => kind !== "unified-memory");
  return [
    {
      id: "nodes",
      label: "Nodes",
      before: adapters ? ", on " : " on ",
      after: "",
      value: String(cluster.nodes),
      amount: { label: "nodes", kind: "count" },
      choices: withOwn(NODES, cluster.nodes, (n) => `${formatCount(n)} ${n === 1 ? "node" : "nodes"}`),
      write: (value) => rewritten(plan, { cluster: { ...cluster, nodes: Number(value) } }),
    },
    {
      id: "count",
      label: "Accelerators in a node",
      before: " of ",
      after: "",
      value: String(cluster.acceleratorsPerNode),
      amount: { label: "in a node", kind: "count" },
      choices: withOwn([1, 2, 4, 8], cluster.acceleratorsPerNode, (n) => `${formatCount(n)} ×`),
      write: (value) => rewritten(plan, { cluster: { ...cluster, acceleratorsPerNode: Number(value) } }),
    },
    {
      id: "accelerator",
      label: "Accelerator",
      before: " ",
      after: "",
      value: cluster.accelerator ?? "",
      choices: accelerators.map(({ id, shortName }) => ({ value: id, name: shortName })),
      write: (accelerator) => ({ ...plan, cluster: { ...cluster, accelerator } }),
    },
  ];
}

function workNouns(plan: FinetunePlan): readonly FinetuneNoun[] {
  const { training, data } = plan;
  return [
    {
      id: "tokens",
      label: "Tokens of the data",
      before: " over ",
      after: "",
      value: String(data.tokens),
      amount: { label: "tokens", kind: "count" },
      choices: withOwn(TOKENS, data.tokens, tokensWord),
      write: (value) => ({ ...plan, data: { ...data, tokens: Number(value) } }),
    },
    {
      id: "sequence",
      label: "Sequence length",
      before: " in sequences of ",
      after: ".",
      value: String(training.sequenceTokens),
      amount: { label: "tokens", kind: "tokens" },
      choices: withOwn(SEQUENCES, training.sequenceTokens, formatTokensShort),
      write: (value) => ({ ...plan, training: { ...training, sequenceTokens: Number(value) } }),
    },
  ];
}

function adapterNouns(plan: FinetunePlan, adapters: AdapterPlan): readonly FinetuneNoun[] {
  const ranks = Object.values(adapters.ranks);
  const rank = Math.max(...ranks);
  const targets = targetsOf(adapters);
  const own: NounChoice[] = targets === "own" ? [{ value: "own", name: "chosen matrices" }] : [];
  return [
    {
      id: "rank",
      label: "Rank",
      before: " rank ",
      after: "",
      value: String(rank),
      amount: { label: "rank", kind: "count" },
      choices: withOwn(RANKS, rank, formatCount),
      write: (value) => {
        const next = Object.fromEntries(Object.keys(adapters.ranks).map((target) => [target, Number(value)]));
        return { ...plan, adapters: { ...adapters, ranks: next } };
      },
    },
    {
      id: "targets",
      label: "What carries adapters",
      before: " on ",
      after: "",
      value: targets,
      choices: [...own, ...TARGETS.map(([value, name]) => ({ value, name }))],
      write: (value) => {
        const named = TARGETS.find(([id]) => id === value)?.[2] ?? [];
        return { ...plan, adapters: { ranks: Object.fromEntries(named.map((target) => [target, rank])) } };
      },
    },
  ];
}
