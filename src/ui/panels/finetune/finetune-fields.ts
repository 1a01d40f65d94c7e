/** Every field of a fine-tuning run that its sentence does not carry, as rows of a form. */
import { ADAPTER_TARGETS, type FinetunePlan } from "../../../core/domain/finetune-plan.ts";
import type { Directory } from "../../../../workers/api.ts";
import {
  amountsOf,
  options,
  type AmountRow,
  type ChoiceField,
  type FieldGroup,
} from "../../plan/form-fields.ts";

type Group = FieldGroup<FinetunePlan>;

/** A list of a part of the plan; `""` is left out of it. */
function choice<T extends object>(
  root: string,
  part: T,
  key: keyof T & string,
  label: string,
  values: readonly (readonly [string, string])[],
  put: (part: T) => FinetunePlan,
): ChoiceField<FinetunePlan> {
  return {
    path: root === "" ? key : `${root}.${key}`,
    label,
    value: (part[key] as string | undefined) ?? "",
    options: options(values),
    put: (value) => {
      const { [key]: _old, ...rest } = part;
      return put((value === "" ? rest : { ...rest, [key]: value }) as T);
    },
  };
}

function layoutGroup(plan: FinetunePlan): Group {
  const put = (layout: FinetunePlan["layout"]): FinetunePlan => ({ ...plan, layout });
  const { layout } = plan;
  return {
    title: "How the run is cut",
    amounts: amountsOf(
      "layout",
      layout,
      [
        ["tp", "tensor parallelism", "count"],
        ["pp", "pipeline stages", "count"],
        ["ep", "expert parallelism", "count"],
        ["cp", "context parallelism", "count"],
      ],
      put,
    ),
    choices: [
      choice(
        "layout",
        layout,
        "sharding",
        "ranks share out",
        [
          ["none", "nothing"],
          ["optimizer", "the optimizer"],
          ["gradients", "gradients too"],
          ["full", "parameters too"],
        ],
        put,
      ),
      choice(
        "layout",
        layout,
        "offload",
        "waits on the host",
        [
          ["none", "nothing"],
          ["optimizer", "the optimizer"],
          ["parameters", "parameters too"],
        ],
        put,
      ),
      choice(
        "layout",
        layout,
        "experts",
        "routed experts",
        [
          ["gpu", "on accelerators"],
          ["cpu", "on the host"],
        ],
        put,
      ),
    ],
    switches: [],
  };
}

function stepGroup(plan: FinetunePlan): Group {
  const { training } = plan;
  const put = (changed: FinetunePlan["training"]): FinetunePlan => ({ ...plan, training: changed });
  return {
    title: "A step",
    amounts: amountsOf(
      "training",
      training,
      [
        ["microBatch", "sequences a rank takes at once", "count"],
        ["globalBatch", "sequences of a step", "count"],
        ["learningRate", "learning rate, empty for usual", "ratio"],
      ],
      put,
    ),
    choices: [
      choice(
        "training",
        training,
        "recompute",
        "computed again",
        [
          ["none", "nothing"],
          ["selective", "norms, gates, up"],
          ["full", "whole layers"],
        ],
        put,
      ),
      choice(
        "training",
        training,
        "optimizer",
        "optimizer",
        [
          ["adamw", "AdamW, 32-bit"],
          ["adamw-8bit", "AdamW, 8-bit"],
          ["paged-adamw-8bit", "AdamW, 8-bit, paged"],
        ],
        put,
      ),
    ],
    switches:
      plan.method === "full"
        ? [
            {
              path: "training.routerFrozen",
              label: "The router stays as it is",
              on: training.routerFrozen === true,
              put: (on) => put({ ...training, routerFrozen: on }),
            },
          ]
        : [],
  };
}

/** A rank by target: an empty one leaves its matrices as they are. */
function rankRows(plan: FinetunePlan): AmountRow<FinetunePlan>[] {
  const { adapters } = plan;
  if (!adapters) return [];
  return ADAPTER_TARGETS.map((target) => ({
    path: `adapters.ranks.${target}`,
    label: `rank on ${target}`,
    kind: "count",
    text: adapters.ranks[target] === undefined ? "" : String(adapters.ranks[target]),
    put: (value) => {
      const { [target]: _old, ...rest } = adapters.ranks;
      const ranks = value === undefined ? rest : { ...rest, [target]: value };
      return { ...plan, adapters: { ...adapters, ranks } };
    },
  }));
}

function adapterGroups(plan: FinetunePlan): Group[] {
  const { adapters } = plan;
  if (!adapters) return [];
  const scale = amountsOf(
    "adapters",
    adapters,
    [
      ["alpha", "alpha, empty for twice the rank", "ratio"],
      ["dropout", "dropout, empty for none", "ratio"],
    ],
    (changed): FinetunePlan => ({ ...plan, adapters: changed }),
  );
  return [{ title: "Adapters", amounts: [...rankRows(plan), ...scale], choices: [], switches: [] }];
}

function dataGroup(plan: FinetunePlan, directory: Directory | null): Group {
  const put = (data: FinetunePlan["data"]): FinetunePlan => ({ ...plan, data });
  const putResult = (result: FinetunePlan["result"]): FinetunePlan => ({ ...plan, result });
  const weights = (directory?.weights ?? []).map(({ id, name }) => [id, name] as const);
  return {
    title: "The data, and the result",
    amounts: amountsOf(
      "data",
      plan.data,
      [
        ["epochs", "epochs", "ratio"],
        ["evaluationTokens", "held-out tokens", "tokens"],
        ["evaluations", "looks at them", "count"],
      ],
      put,
    ),
    choices: [
      ...(plan.method === "full"
        ? []
        : [
            choice(
              "result",
              plan.result,
              "form",
              "adapters are",
              [
                ["merged", "merged"],
                ["adapter", "a file beside"],
              ],
              putResult,
            ),
          ]),
      choice(
        "result",
        plan.result,
        "weights",
        "served as",
        weights.some(([id]) => id === plan.result.weights)
          ? weights
          : [...weights, [plan.result.weights, plan.result.weights] as const],
        putResult,
      ),
    ],
    switches: [],
  };
}

function hostGroup(plan: FinetunePlan, directory: Directory | null): Group {
  const put = (cluster: FinetunePlan["cluster"]): FinetunePlan => ({ ...plan, cluster });
  const hosts = (directory?.hosts ?? []).map(({ id, name }) => [id, name] as const);
  return {
    title: "The host, and where the kit runs",
    amounts: amountsOf("cluster", plan.cluster, [["hostMemoryGiB", "memory, GiB", "gib"]], put),
    choices: [
      choice("cluster", plan.cluster, "host", "processors", [["", "not said"], ...hosts], put),
      choice(
        "",
        plan,
        "target",
        "kit for",
        [
          ["", "shell, Slurm where many"],
          ["slurm", "Slurm"],
          ["kubernetes", "Kubernetes"],
        ],
        (changed) => changed,
      ),
    ],
    switches: [],
  };
}

export const fieldGroups = (plan: FinetunePlan, directory: Directory | null): readonly Group[] => [
  layoutGroup(plan),
  stepGroup(plan),
  ...adapterGroups(plan),
  dataGroup(plan, directory),
  hostGroup(plan, directory),
];
