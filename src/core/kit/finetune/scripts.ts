/** Heads of the kit's own scripts: every one runs in the kit's folder, whose weights/ and out/ may be links. */
import { needsCopy, type FinetunePlan } from "../../domain/finetune-plan.ts";
import { code, comment, type ScriptLine } from "../render/shell.ts";

export const WEIGHTS = {
  /** As published. */
  fp8: "weights/fp8",
  bf16: "weights/bf16",
  /** KTransformers' own: routed experts in few bits, and the rest in BF16. */
  experts: "weights/kt-experts",
  rest: "weights/kt-rest",
  megatron: "weights/megatron",
} as const;

/** What holds the base's configuration and weights: the copy in BF16, or the published checkpoint where none is made. */
export const baseFolder = (plan: Pick<FinetunePlan, "framework" | "base" | "result">): string =>
  needsCopy(plan) ? WEIGHTS.bf16 : WEIGHTS.fp8;

export const OUT = "out/run";

export const head = (what: string): ScriptLine[] => [
  code("#!/usr/bin/env bash"),
  comment(what),
  code("set -euo pipefail"),
  code('here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)'),
  code('cd "${here}"'),
];
