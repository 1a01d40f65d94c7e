import { EXAMPLE_PLAN } from "../../../core/domain/parse-plan.ts";
import { distillOf } from "../../../core/domain/parse-distill-plan.ts";
import type { Preset } from "../../plan/presets.ts";

const { job, student, edge, ...teacher } = distillOf(EXAMPLE_PLAN);

/** Chains that people ask about first: who learns, and where it then runs. */
export const DISTILL_PRESETS: readonly Preset[] = [
  {
    name: "Qwen3-8B for a gaming PC",
    remark: "RTX 4060 8 GB, Q4_K_M",
    plan: { ...teacher, job, student, edge: { ...edge, device: "rtx-4060-8gb", contextTokens: 4096 } },
  },
  {
    name: "Qwen3-4B for a phone",
    remark: "iPhone 17 Pro, Q4_K_M",
    plan: {
      ...teacher,
      job,
      student: { ...student, id: "qwen3-4b" },
      edge: { ...edge, device: "iphone-17-pro", contextTokens: 4096 },
    },
  },
  {
    name: "R1-Distill-Qwen-32B by LoRA, for one RTX 5090",
    remark: "Q4_K_M, 8K of context",
    plan: {
      ...teacher,
      model: "deepseek-r1-0528",
      job: { ...job, answerTokens: 4096 },
      student: {
        ...student,
        id: "r1-distill-qwen-32b",
        method: "lora",
        rank: 16,
        microBatch: 1,
        sequenceTokens: 4096,
        optimizer: "adamw",
      },
      edge: { ...edge, device: "rtx-5090-32gb", contextTokens: 8192 },
    },
  },
  {
    name: "Llama-3.2-1B for a Raspberry Pi",
    remark: "Raspberry Pi 5, Q4_K_M",
    plan: {
      ...teacher,
      job: { ...job, answerTokens: 512 },
      student: { ...student, id: "llama-3.2-1b" },
      edge: { ...edge, device: "raspberry-pi-5-8gb", contextTokens: 2048 },
    },
  },
  {
    name: "The teacher judges: long inputs, short verdicts",
    remark: "4 verdicts an answer, 4K of shared rubric",
    plan: {
      ...teacher,
      job: {
        ...job,
        judge: { inputTokens: 12_288, outputTokens: 32, repeats: 4, sharedTokens: 4096 },
      },
      student,
      edge,
    },
  },
];
