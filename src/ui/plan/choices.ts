/** For every noun of the sentence: what else it could be, as whole plans, and the number it can be typed as. */
import type { Plan } from "../../core/domain/plan.ts";
import { formatCount, formatMemory, formatTokensShort } from "../../core/units/format.ts";
import type { QuantityKind } from "../../core/units/parse-quantity.ts";
import type { Directory } from "../../../workers/api.ts";
import { adaptLayout, gpuCount, withCluster, withEngine, withWeights } from "./adapt-plan.ts";
import { plural, type Noun } from "./describe-plan.ts";
import type { Names } from "./directory-names.ts";
import { layoutChoices, layoutLabel, sameLayout } from "./layout-choices.ts";

export interface Choice {
  readonly key: string;
  readonly label: string;
  readonly remark: string;
  readonly plan: Plan;
  readonly current: boolean;
}

/** A number of the noun that can be typed as people write it. */
export interface Amount {
  readonly label: string;
  readonly path: string;
  readonly kind: QuantityKind;
  readonly value: number;
  /** The plan as JSON with this number in it: still to be parsed. */
  readonly put: (value: number) => Plan;
  /** Another way to say the same noun: `4/s` in the place of users. */
  readonly rate?: (perSecond: number) => Plan;
}

export interface ChoiceTable {
  readonly title: string;
  readonly head: string;
  readonly rows: readonly Choice[];
  readonly amount: Amount | null;
}

type Maker = (plan: Plan, directory: Directory, names: Names) => ChoiceTable;

const TOKENS = [128, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072];
const USERS = [1, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const RATES = [0.1, 0.5, 1, 2, 5, 10, 20];
const NODES = [1, 2, 3, 4, 8];

const MAKERS: Readonly<Record<Noun, Maker>> = {
  model: (plan, directory) => ({
    title: "Model",
    head: "671B family, same shapes",
    amount: null,
    rows: directory.models.map(({ id, name }) =>
      row(id, name, "", { ...plan, model: id }, id === plan.model),
    ),
  }),
  weights: (plan, directory, names) => ({
    title: "Weights",
    head: "Stored as",
    amount: null,
    rows: orderedWeights(plan, directory).map(({ id }) => {
      const next = withWeights(plan, id, directory);
      return row(id, names.weights(id), weightsRemark(plan, next, id, names), next, id === plan.weights);
    }),
  }),
  engine: (plan, directory, names) => ({
    title: "Engine",
    head: "Served by",
    amount: null,
    rows: directory.engines.map(({ id, name, current }) => {
      const next = withEngine(plan, id, directory);
      const remark =
        next.weights === plan.weights ? current : `${current}, with ${names.weights(next.weights)}`;
      return row(id, name, remark, next, id === plan.engine);
    }),
  }),
  nodes: (plan) => ({
    title: "Nodes",
    head: "Machines",
    amount: {
      label: "nodes",
      path: "cluster.nodes",
      kind: "count",
      value: plan.cluster.nodes,
      put: (nodes) => withCluster(plan, { nodes }),
    },
    rows: withOwn(NODES, plan.cluster.nodes).map((nodes) => {
      const next = withCluster(plan, { nodes });
      return row(
        String(nodes),
        plural(nodes, "node"),
        plural(gpuCount(next), "GPU"),
        next,
        nodes === plan.cluster.nodes,
      );
    }),
  }),
  accelerators: (plan, directory) => ({
    title: "Accelerators",
    head: `${Math.max(1, plan.cluster.acceleratorsPerNode)} per node of`,
    amount: {
      label: "per node",
      path: "cluster.acceleratorsPerNode",
      kind: "count",
      value: plan.cluster.acceleratorsPerNode,
      put: (acceleratorsPerNode) => withCluster(plan, { acceleratorsPerNode }),
    },
    rows: acceleratorRows(plan, directory),
  }),
  layout: (plan) => ({
    title: "Layout",
    head: `${plural(gpuCount(plan), "GPU")} as`,
    amount: null,
    rows: layoutChoices(plan).map((choice) =>
      row(
        JSON.stringify(choice.layout),
        layoutLabel(choice),
        choice.remark,
        { ...plan, layout: choice.layout },
        sameLayout(choice.layout, plan.layout),
      ),
    ),
  }),
  users: usersTable,
  input: (plan) => tokenTable(plan, "inputTokens", "Prompt", "tokens sent"),
  output: (plan) => tokenTable(plan, "outputTokens", "Answer", "tokens returned"),
};

/** The table that a noun opens. */
export function choicesFor(noun: Noun, plan: Plan, directory: Directory, names: Names): ChoiceTable {
  return MAKERS[noun](plan, directory, names);
}

function row(key: string, label: string, remark: string, plan: Plan, current: boolean): Choice {
  return { key, label, remark, plan, current };
}

/** The usual steps with the plan's own number in its place. */
function withOwn(steps: readonly number[], own: number): readonly number[] {
  if (own <= 0 || steps.includes(own)) return steps;
  return [...steps, own].sort((a, b) => a - b);
}

/** A plan by arrival rate keeps its rate as a row; typing a number makes it one by users. */
function usersTable(plan: Plan): ChoiceTable {
  const { concurrency, requestsPerSecond } = plan.workload;
  const rows = withOwn(USERS, concurrency ?? -1).map((users) =>
    row(String(users), plural(users, "user"), "", withUsers(plan, users), users === concurrency),
  );
  const rates = withOwn(RATES, requestsPerSecond ?? -1).map((rate) =>
    row(
      `${rate}/s`,
      `${rate} ${rate === 1 ? "request" : "requests"} a second`,
      "as they arrive",
      withRate(plan, rate),
      rate === requestsPerSecond,
    ),
  );
  return {
    title: "Users",
    head: "At once",
    amount: {
      label: "users at once, or 4/s",
      path: "workload.concurrency",
      kind: "count",
      value: concurrency ?? 1,
      put: (users) => withUsers(plan, users),
      rate: (perSecond) => withRate(plan, perSecond),
    },
    rows: requestsPerSecond === undefined ? [...rows, ...rates] : [...rates, ...rows],
  };
}

function withUsers(plan: Plan, concurrency: number): Plan {
  const { requestsPerSecond: _, arrivals: _bursts, ...workload } = plan.workload;
  return { ...plan, workload: { ...workload, concurrency } };
}

function withRate(plan: Plan, requestsPerSecond: number): Plan {
  const { concurrency: _, ...workload } = plan.workload;
  return { ...plan, workload: { ...workload, requestsPerSecond } };
}

function tokenTable(
  plan: Plan,
  field: "inputTokens" | "outputTokens",
  title: string,
  label: string,
): ChoiceTable {
  const own = plan.workload[field];
  const put = (tokens: number): Plan => ({ ...plan, workload: { ...plan.workload, [field]: tokens } });
  return {
    title,
    head: "Tokens",
    amount: { label, path: `workload.${field}`, kind: "tokens", value: own, put },
    rows: withOwn(TOKENS, own).map((tokens) => {
      const short = formatTokensShort(tokens);
      const exact = formatCount(tokens);
      return row(
        String(tokens),
        short,
        short === exact ? "" : `${exact} tokens`,
        put(tokens),
        tokens === own,
      );
    }),
  };
}

/** What the plan's engine loads goes first, then checkpoints, then GGUF types. */
function orderedWeights(plan: Plan, directory: Directory): Directory["weights"] {
  const rank = (weights: Directory["weights"][number]) =>
    (weights.engines.includes(plan.engine) ? 0 : 2) + (weights.family === "safetensors" ? 0 : 1);
  return directory.weights
    .filter(({ id }) => id !== "gguf:custom" || plan.weights === id)
    .toSorted((a, b) => rank(a) - rank(b));
}

function weightsRemark(plan: Plan, next: Plan, id: string, names: Names): string {
  const kind = id.startsWith("gguf:") ? "GGUF" : "";
  const engine = next.engine === plan.engine ? "" : `with ${names.engine(next.engine)}`;
  return [kind, engine].filter((word) => word !== "").join(", ");
}

function acceleratorRows(plan: Plan, directory: Directory): Choice[] {
  const rank = ({ vendor, kind }: Directory["accelerators"][number]) =>
    (kind === "unified-memory" ? 4 : 0) +
    (kind === "npu" || kind === "tpu" ? 2 : 0) +
    (vendor === "NVIDIA" ? 0 : 1);
  const newest = directory.accelerators.toSorted(
    (a, b) => rank(a) - rank(b) || (a.launched < b.launched ? 1 : -1),
  );
  const perNode = plan.cluster.acceleratorsPerNode;
  const rows = newest.map((accelerator) => {
    const next: Plan = {
      ...plan,
      cluster: { ...plan.cluster, accelerator: accelerator.id, acceleratorsPerNode: Math.max(1, perNode) },
    };
    return row(
      accelerator.id,
      accelerator.shortName,
      formatMemory(accelerator.memoryBytes),
      perNode === 0 ? adaptLayout({ ...next, layout: { ...next.layout, experts: "cpu" } }) : next,
      accelerator.id === plan.cluster.accelerator && perNode > 0,
    );
  });
  const { accelerator: _, ...withoutGpu } = plan.cluster;
  const cpuOnly = adaptLayout({ ...plan, cluster: { ...withoutGpu, acceleratorsPerNode: 0 } });
  return [...rows, row("none", "No GPU", "host memory and CPUs alone", cpuOnly, perNode === 0)];
}
