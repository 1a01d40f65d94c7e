/** The student's training and its file: LLaMA-Factory's settings, merge, convert, quantize, serve. */
import type { DistillPlan } from "../../domain/distill-plan.ts";
import type { Student } from "../../domain/student.ts";
import { modelfile } from "../engines/ollama-modelfile.ts";
import type { Draft } from "../files/draft.ts";
import {
  array,
  assign,
  block,
  code,
  comment,
  printScript,
  variable,
  type ScriptLine,
} from "../render/shell.ts";
import { explained, printYaml, type YamlValue } from "../render/yaml.ts";
import { oneLine } from "../text.ts";

interface StudentFilesInput {
  readonly plan: DistillPlan;
  readonly student: Student;
  readonly type: string;
  readonly imatrix: boolean;
  /** Weights, gradients and optimizer are shared out over the accelerators, as the estimate has it. */
  readonly sharded: boolean;
}

/** What trains in 16 bits throughout; LLaMA-Factory refuses that under ZeRO-3, whose states are 32-bit. */
export const trainsInPureBf16 = (plan: DistillPlan, sharded: boolean): boolean =>
  plan.student.optimizer === "adamw-bf16" && !sharded;

/**
 * Settings of `llamafactory-cli train`.
 *
 * Source   LLaMA-Factory main of 2026-08, src/llamafactory/hparams (finetuning_args.py: pure_bf16; parser.py: what
 *          goes together) and examples/train_full, examples/merge_lora
 */
function trainYaml({ plan, student, sharded }: StudentFilesInput): Draft {
  const s = plan.student;
  const steps = Math.max(1, Math.round(s.globalBatch / (s.count * s.microBatch)));
  const document: Record<string, YamlValue> = {
    model_name_or_path: explained(student.repository, `the student's base, ${oneLine(student.name)}`),
    stage: "sft",
    do_train: true,
    finetuning_type: explained(s.method === "full" ? "full" : "lora", "what of the student is trained"),
    ...(s.method === "full"
      ? {}
      : {
          lora_rank: explained(s.rank ?? 16, "the plan's rank, on every linear layer"),
          lora_alpha: 2 * (s.rank ?? 16),
          lora_target: "all",
        }),
    ...(s.method === "qlora"
      ? {
          quantization_bit: explained(4, "the base in NF4"),
          quantization_method: "bnb",
          quantization_type: "nf4",
          double_quantization: true,
        }
      : {}),
    ...(sharded
      ? { deepspeed: explained("train/zero3.json", "weights, gradients and optimizer are shared out") }
      : {}),
    dataset: "teacher",
    dataset_dir: "train",
    template: explained(student.template, "LLaMA-Factory's name of this base's chat format"),
    cutoff_len: explained(s.sequenceTokens, "longer samples lose their end"),
    packing: s.packing,
    ...(s.packing ? { neat_packing: explained(true, "packed samples do not see each other") } : {}),
    output_dir: "out/student",
    logging_steps: 10,
    save_strategy: explained("epoch", "a stopped run goes on from its last epoch"),
    per_device_train_batch_size: s.microBatch,
    gradient_accumulation_steps: explained(
      steps,
      `${s.globalBatch} sequences a step over ${s.count} accelerators`,
    ),
    learning_rate: s.method === "full" ? 1e-5 : 1e-4,
    num_train_epochs: s.epochs,
    lr_scheduler_type: "cosine",
    warmup_ratio: 0.05,
    ...(trainsInPureBf16(plan, sharded)
      ? { pure_bf16: explained(true, "weights and moments in 16 bits, as the plan says") }
      : { bf16: true }),
    ...(s.optimizer === "adamw-8bit" ? { optim: explained("adamw_8bit", "moments in 8 bits") } : {}),
    enable_liger_kernel: explained(s.fusedLoss, "logits are never held as a whole"),
    disable_gradient_checkpointing: explained(
      !s.recompute,
      "activations are computed again, as the plan says",
    ),
  };
  return { path: "train/train.yaml", ...printYaml(document) };
}

const DATASET = {
  teacher: {
    file_name: "../data/train.jsonl",
    formatting: "sharegpt",
    columns: { messages: "messages" },
    tags: {
      role_tag: "role",
      content_tag: "content",
      user_tag: "user",
      assistant_tag: "assistant",
      system_tag: "system",
    },
  },
};

const ZERO3 = {
  train_batch_size: "auto",
  train_micro_batch_size_per_gpu: "auto",
  gradient_accumulation_steps: "auto",
  gradient_clipping: "auto",
  bf16: { enabled: "auto" },
  zero_optimization: {
    stage: 3,
    overlap_comm: true,
    contiguous_gradients: true,
    stage3_gather_16bit_weights_on_model_save: true,
  },
};

const json = (path: string, value: unknown): Draft => ({ path, text: `${JSON.stringify(value, null, 2)}\n` });

const head = (what: string): ScriptLine[] => [
  code("#!/usr/bin/env bash"),
  comment(what),
  code("set -euo pipefail"),
  code('here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)'),
  code('cd "${here}"'),
];

function trainScript({ plan }: StudentFilesInput): Draft {
  const lines = [
    ...head("Trains the student. Start it again to go on from its last checkpoint."),
    { ...assign("NPROC_PER_NODE", String(plan.student.count)), because: "accelerators of the plan" },
    ...block(`
      export NPROC_PER_NODE FORCE_TORCHRUN=1
      if [ ! -s data/train.jsonl ]; then
        printf 'data/train.jsonl is missing: run data/filter.py first\\n' >&2
        exit 1
      fi
      last=$(find out/student -maxdepth 1 -name 'checkpoint-*' 2> /dev/null | sort -V | tail -n 1 || true)
      if [ -n "\${last}" ]; then
        printf 'going on from %s\\n' "\${last}"
        exec llamafactory-cli train train/train.yaml "resume_from_checkpoint=\${last}"
      fi
      exec llamafactory-cli train train/train.yaml
    `),
  ];
  return { path: "train/train.sh", executable: true, ...printScript(lines) };
}

function exportScript({ plan, student, type, imatrix }: StudentFilesInput): Draft {
  const merge =
    plan.student.method === "full"
      ? [code("MERGED=out/student")]
      : [
          code("MERGED=out/merged"),
          ...array("merge", [
            { words: ["export"], because: "adapters into a base in 16 bits, never into a quantized one" },
            { words: [`model_name_or_path=${student.repository}`], because: "the same base" },
            { words: ["adapter_name_or_path=out/student"], because: "what training left" },
            { words: [`template=${student.template}`], because: "the chat format of the training" },
            { words: ["export_dir=out/merged"], because: "where convert reads" },
            { words: ["export_device=cpu"], because: "needs memory, not speed" },
          ]),
          code('llamafactory-cli "${merge[@]}"'),
        ];
  const lines = [
    ...head("Merges the adapters where there are any, converts to GGUF, quantizes."),
    { text: "LLAMA_CPP=${LLAMA_CPP:?set it to a checkout of llama.cpp with its tools built}" },
    { ...assign("TYPE", type), because: "the plan's type" },
    ...merge,
    code(
      'python3 "${LLAMA_CPP}/convert_hf_to_gguf.py" "${MERGED}" --outtype bf16 --outfile out/student-bf16.gguf',
    ),
    ...(imatrix
      ? [
          comment("The importance matrix is taken over what the teacher wrote."),
          code("head -c 2000000 data/train.jsonl > out/calibration.txt"),
          code(
            '"${LLAMA_CPP}/build/bin/llama-imatrix" -m out/student-bf16.gguf -f out/calibration.txt -o out/imatrix.gguf',
          ),
          code(
            '"${LLAMA_CPP}/build/bin/llama-quantize" --imatrix out/imatrix.gguf out/student-bf16.gguf device/student.gguf "${TYPE}"',
          ),
        ]
      : [
          code('"${LLAMA_CPP}/build/bin/llama-quantize" out/student-bf16.gguf device/student.gguf "${TYPE}"'),
        ]),
    code("wc -c device/student.gguf"),
  ];
  return { path: "export/export.sh", executable: true, ...printScript(lines) };
}

function serveScript({ plan }: StudentFilesInput): Draft {
  const { contextTokens, cache } = plan.edge;
  const lines = [
    ...head("Serves the student on this device with llama.cpp."),
    ...array("arguments", [
      { words: ["--model", "device/student.gguf"], because: "what export.sh left" },
      { words: ["--ctx-size", String(contextTokens)], because: "the plan's context" },
      { words: ["--cache-type-k", cache], because: "the plan's cache" },
      { words: ["--cache-type-v", cache], because: "the plan's cache" },
      { words: ["--parallel", "1"], because: "one answer at a time has the whole context" },
      { words: ["--n-gpu-layers", "99"], because: "all layers where there is a GPU; ignored without one" },
      { words: ["--jinja"], because: "the chat format that the file itself carries" },
      {
        words: ["--host", variable("HOST")],
        because: "reachable from this device alone unless told otherwise",
      },
      { words: ["--port", variable("PORT")], because: "the usual one" },
    ]),
    code('exec llama-server "${arguments[@]}"'),
  ];
  const withDefaults = [
    ...lines.slice(0, 5),
    code("HOST=${HOST:-127.0.0.1}"),
    code("PORT=${PORT:-8080}"),
    ...lines.slice(5),
  ];
  return { path: "device/serve.sh", executable: true, ...printScript(withDefaults) };
}

/** Ollama takes the chat format from the file's own template; the Modelfile names file and context. */
function ollamaFile({ plan, student, type }: StudentFilesInput): Draft {
  const { text, reasons } = modelfile(
    `${student.name} as taught, ${type}: ollama create student -f Modelfile`,
    { file: "student.gguf", because: "what export.sh left" },
    null,
    [{ name: "num_ctx", value: plan.edge.contextTokens, because: "the plan's context" }],
  );
  return { path: "device/Modelfile", text, reasons };
}

export function studentFiles(input: StudentFilesInput): Draft[] {
  return [
    trainYaml(input),
    json("train/dataset_info.json", DATASET),
    ...(input.sharded ? [json("train/zero3.json", ZERO3)] : []),
    trainScript(input),
    exportScript(input),
    serveScript(input),
    ollamaFile(input),
  ];
}
