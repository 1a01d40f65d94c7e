/** What a field of the editor may be set to: words for people, and why a choice cannot be taken here. */
import type { Plan } from "../../core/domain/plan.ts";
import type { Directory } from "../../../workers/api.ts";
import { splitsLayers } from "./adapt-plan.ts";

export interface FieldChoice {
  readonly value: string;
  readonly label: string;
  /** Why this plan cannot take it; absent where it can. */
  readonly reason?: string;
}

export type Choices = (directory: Directory, plan: Plan) => readonly FieldChoice[];

export const named = (rows: readonly { readonly id: string; readonly name: string }[]): FieldChoice[] =>
  rows.map(({ id, name }) => ({ value: id, label: name }));

export const plainChoices = (values: readonly string[]): FieldChoice[] =>
  values.map((value) => ({ value, label: value }));

const engineName = (directory: Directory, plan: Plan): string =>
  directory.engines.find(({ id }) => id === plan.engine)?.name ?? plan.engine;

export const weightsChoices: Choices = (directory, plan) =>
  directory.weights.map(({ id, name, engines }) => ({
    value: id,
    label: name,
    ...(engines.includes(plan.engine) ? {} : { reason: `${engineName(directory, plan)} does not load it` }),
  }));

export const engineChoices: Choices = (directory, plan) => {
  const weights = directory.weights.find(({ id }) => id === plan.weights);
  return directory.engines.map(({ id, name }) => ({
    value: id,
    label: name,
    ...(weights?.engines.includes(id) === false ? { reason: `does not load ${weights.name}` } : {}),
  }));
};

/** GPU engines keep the cache in two forms; llama.cpp's family in its own types. */
const GPU_CACHES: ReadonlySet<string> = new Set(["bf16", "fp8"]);
const CACHES = ["bf16", "fp8", "f32", "f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl"];

export const cacheChoices: Choices = (directory, plan) =>
  CACHES.map((value) => {
    const wrong = splitsLayers(plan.engine) ? value === "fp8" : !GPU_CACHES.has(value);
    return {
      value,
      label: value,
      ...(wrong ? { reason: `${engineName(directory, plan)} has no such cache` } : {}),
    };
  });

export const expertChoices: Choices = (directory, plan) => {
  const keeps = splitsLayers(plan.engine) || plan.engine === "ktransformers";
  return [
    { value: "gpu", label: "the GPUs" },
    {
      value: "cpu",
      label: "host memory",
      ...(keeps ? {} : { reason: `${engineName(directory, plan)} keeps them on the GPUs` }),
    },
  ];
};

export const TARGETS: readonly FieldChoice[] = [
  { value: "shell", label: "shell and systemd" },
  { value: "compose", label: "Docker Compose" },
  { value: "kubernetes", label: "Kubernetes" },
  { value: "slurm", label: "Slurm" },
  { value: "ray", label: "Ray" },
];
