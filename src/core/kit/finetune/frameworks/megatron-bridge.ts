/**
 * Megatron-Bridge (NeMo): a configuration by dotted names, and the script that lays it over the library's own.
 *
 * Source   Megatron-Bridge src/megatron/bridge/recipes/common.py, recipes/deepseek/h100/deepseek_v3.py,
 *          tutorials/data/text-only-sft, examples/conversion. Keys: planner-data/training/megatron-bridge.json
 */
import type { Draft } from "../../files/draft.ts";
import { array, block, code, comment, printScript, type ScriptLine } from "../../render/shell.ts";
import { pipelineLayout, type Run } from "../run.ts";
import { head, OUT, WEIGHTS } from "../scripts.ts";
import { LAUNCHED, type FrameworkKit } from "./framework-kit.ts";
import { eightBit, expertTensorParallel, modulesOf, SELECTIVE } from "./megatron.ts";

type Value = string | number | boolean | null | readonly string[];

function recompute({ plan: { training } }: Run): Record<string, Value> {
  if (training.recompute === "full")
    return {
      "model.recompute_granularity": "full",
      "model.recompute_method": "uniform",
      "model.recompute_num_layers": 1,
    };
  if (training.recompute === "none") return { "model.recompute_granularity": null };
  return { "model.recompute_granularity": "selective", "model.recompute_modules": SELECTIVE };
}

function precision({ plan, accelerator }: Run): Record<string, Value> {
  if (plan.base !== "fp8") return {};
  // Blackwell multiplies blocks of 32 in hardware; Hopper takes DeepSeek's own blocks of 128.
  const blackwell = /B[23]00/.test(accelerator?.shortName ?? "");
  return {
    "mixed_precision.fp8": "e4m3",
    "mixed_precision.fp8_recipe": blackwell ? "mxfp8" : "blockwise",
    "mixed_precision.fp8_param_gather": true,
  };
}

function optimizer(run: Run): Record<string, Value> {
  const away = run.plan.layout.offload === "optimizer";
  return {
    "optimizer.lr": run.learningRate,
    "ddp.use_distributed_optimizer": true,
    ...(away || eightBit(run) ? { "optimizer.use_precision_aware_optimizer": true } : {}),
    ...(away ? { "optimizer.optimizer_cpu_offload": true, "optimizer.optimizer_offload_fraction": 1 } : {}),
    ...(eightBit(run) ? { "optimizer.exp_avg_dtype": "fp8", "optimizer.exp_avg_sq_dtype": "fp8" } : {}),
  };
}

/** Every setting by the name of the library's configuration. */
export function configuration(run: Run): Record<string, Value> {
  const { plan, adapters, evaluationSteps } = run;
  const { training, layout, data } = plan;
  const perStep = training.globalBatch * training.sequenceTokens;
  return {
    "model.tensor_model_parallel_size": layout.tp,
    "model.pipeline_model_parallel_size": layout.pp,
    "model.pipeline_model_parallel_layout": layout.pp > 1 ? pipelineLayout(run) : null,
    "model.expert_model_parallel_size": layout.ep,
    "model.expert_tensor_parallel_size": expertTensorParallel(plan),
    "model.context_parallel_size": layout.cp,
    "model.sequence_parallel": layout.tp > 1,
    "model.seq_length": training.sequenceTokens,
    "model.mtp_num_layers": null,
    "model.calculate_per_token_loss": true,
    ...recompute(run),
    ...precision(run),
    "train.train_iters": run.steps,
    "train.global_batch_size": training.globalBatch,
    "train.micro_batch_size": training.microBatch,
    "validation.eval_interval": evaluationSteps ?? run.steps,
    "validation.eval_iters":
      evaluationSteps === undefined ? 0 : Math.max(1, Math.ceil((data.evaluationTokens ?? 0) / perStep)),
    ...optimizer(run),
    "scheduler.lr_warmup_iters": Math.min(50, Math.ceil(run.steps / 20)),
    "ddp.average_in_collective": false,
    "checkpoint.pretrained_checkpoint": WEIGHTS.megatron,
    "checkpoint.save": OUT,
    "checkpoint.load": OUT,
    "checkpoint.save_interval": run.saveSteps,
    "tokenizer.tokenizer_model": WEIGHTS.bf16,
    "dataset.dataset_root": "data",
    "dataset.seq_length": training.sequenceTokens,
    "dataset.do_validation": evaluationSteps !== undefined,
    "dataset.do_test": false,
    "dataset.enable_offline_packing": training.microBatch === 1,
    ...(adapters
      ? {
          "peft.target_modules": modulesOf(run).map((name) => `*.${name}`),
          "peft.dim": adapters.rank,
          "peft.alpha": adapters.alpha,
          "peft.dropout": adapters.dropout,
        }
      : {}),
  };
}

const TRAIN_PY = `#!/usr/bin/env python3
"""Lays train/config.json over Megatron-Bridge's common fine-tuning configuration and trains. Started by train.sh.

train.py [--smoke]
"""
import json
import pathlib
import sys

import torch
from megatron.bridge import AutoBridge
from megatron.bridge.data.builders import ChatSFTPreprocessingConfig, GPTSFTDatasetConfig
from megatron.bridge.data.datasets.packed_sequence import PackedSequenceSpecs
from megatron.bridge.recipes.common import _peft_common, _sft_common
from megatron.bridge.training.finetune import finetune
from megatron.bridge.training.gpt_step import forward_step
from megatron.bridge.training.mixed_precision import MixedPrecisionConfig

settings = json.loads((pathlib.Path(__file__).resolve().parent / "config.json").read_text(encoding="utf-8"))


# How Megatron's own command line reads them: moments of eight bits are stored as bytes.
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16, "fp8": torch.uint8}


def lay(config, name, value):
    """Sets a dotted name; one that the library does not have is an error, never a new field."""
    *path, last = name.split(".")
    for part in path:
        config = getattr(config, part)
    if not hasattr(config, last):
        raise SystemExit(f"this release of Megatron-Bridge has no {name}")
    setattr(config, last, DTYPES[value] if last.endswith("_dtype") else value)


def main():
    config = _peft_common() if "peft.dim" in settings else _sft_common()
    base = settings["tokenizer.tokenizer_model"]
    config.model = AutoBridge.from_hf_pretrained(base).to_megatron_provider(load_weights=False)
    config.model.pipeline_dtype = torch.bfloat16
    config.mixed_precision = MixedPrecisionConfig(
        bf16=True, params_dtype=torch.bfloat16, pipeline_dtype=torch.bfloat16, autocast_enabled=False
    )
    packed = settings["dataset.enable_offline_packing"]
    length = settings["dataset.seq_length"]
    context = settings["model.context_parallel_size"]
    config.dataset = GPTSFTDatasetConfig(
        seq_length=length,
        dataset_root=settings["dataset.dataset_root"],
        preprocessing=ChatSFTPreprocessingConfig(),
        dataloader_type="batch",
        do_test=False,
    )
    if packed:
        config.dataset.offline_packing_specs = PackedSequenceSpecs(
            packed_sequence_size=length, pad_seq_to_mult=2 * context if context > 1 else 1
        )
    for name, value in settings.items():
        lay(config, name, value)
    if "--smoke" in sys.argv:
        config.train.train_iters = 2
        config.checkpoint.save = config.checkpoint.load = "out/smoke"
    finetune(config=config, forward_step_func=forward_step)


main()
`;

const distributed = (run: Run): ScriptLine[] => [
  ...block(LAUNCHED.replace("@NODES@", String(run.plan.cluster.nodes))),
  ...array("launch", [
    {
      words: ["--nproc-per-node", String(run.plan.cluster.acceleratorsPerNode)],
      because: "one process an accelerator",
    },
    { words: ["--nnodes", { variable: "NNODES" }], because: "plan: nodes" },
    { words: ["--node-rank", { variable: "NODE_RANK" }], because: "this node" },
    { words: ["--master-addr", { variable: "MASTER_ADDR" }], because: "the first node" },
    { words: ["--master-port", { variable: "MASTER_PORT" }], because: "free on the first node" },
  ]),
];

const cuts = ({ plan }: Run): { words: string[]; because: string }[] =>
  (["tp", "pp", "ep"] as const).map((way) => ({
    words: [`--${way}`, String(plan.layout[way])],
    because: `plan: ${way.toUpperCase()}`,
  }));

const CONVERSION = [
  code("MEGATRON_BRIDGE=${MEGATRON_BRIDGE:?set it to a checkout of Megatron-Bridge}"),
  code('conversion="${MEGATRON_BRIDGE}/examples/conversion"'),
];

function importScript(run: Run): Draft {
  const lines = [
    ...head(
      "Imports the BF16 checkpoint into Megatron's form, on the accelerators that train. Run it on every node.",
    ),
    ...CONVERSION,
    ...distributed(run),
    ...array("words", [
      { words: ["--hf-model", WEIGHTS.bf16], because: "what cast.sh made" },
      { words: ["--megatron-path", WEIGHTS.megatron], because: "what training loads" },
      ...cuts(run),
    ]),
    code('torchrun "${launch[@]}" "${conversion}/convert_checkpoints_multi_gpu.py" import "${words[@]}"'),
  ];
  return { path: "prepare/import.sh", executable: true, ...printScript(lines) };
}

function gatherScript(run: Run): Draft {
  const adapters = run.adapters !== undefined;
  const lines = [
    ...head(
      `Takes ${adapters ? "the adapters" : "the model"} out of the last checkpoint, on the accelerators that trained. Run it on every node.`,
    ),
    ...CONVERSION,
    ...distributed(run),
    ...block(`
      last=$(find ${OUT} -maxdepth 1 -name 'iter_*' 2> /dev/null | sort -V | tail -n 1 || true)
      if [ -z "\${last}" ]; then
        printf 'no checkpoint in ${OUT}\\n' >&2
        exit 1
      fi
    `),
    ...array(
      "words",
      adapters
        ? [
            { words: ["--hf-model-path", WEIGHTS.bf16], because: "the architecture" },
            { words: ["--lora-checkpoint", { variable: "last" }], because: "what training left" },
            { words: ["--output", "out/adapter"], because: "PEFT's form" },
            { words: ["--dtype", "bf16"], because: "as trained" },
            ...cuts(run),
          ]
        : [
            { words: ["--hf-model", WEIGHTS.bf16], because: "the architecture" },
            { words: ["--megatron-path", OUT], because: "what training left: the last checkpoint" },
            { words: ["--hf-path", "out/merged"], because: "a Hugging Face checkpoint" },
            { words: ["--distributed-save"], because: "no rank holds the whole model" },
            ...cuts(run),
          ],
    ),
    code(
      adapters
        ? 'torchrun "${launch[@]}" "${conversion}/adapter/export_adapter.py" "${words[@]}"'
        : 'torchrun "${launch[@]}" "${conversion}/convert_checkpoints_multi_gpu.py" export "${words[@]}"',
    ),
  ];
  return { path: "export/gather.sh", executable: true, ...printScript(lines) };
}

export const megatronBridgeKit: FrameworkKit = {
  unsupported: (run) => [
    ...(run.plan.training.routerFrozen === true
      ? [
          {
            path: "training.routerFrozen",
            reason:
              "Megatron-Bridge has no setting that freezes the router alone: it is trained with the rest",
          },
        ]
      : []),
    ...(run.plan.training.microBatch > 1
      ? [
          {
            path: "training.microBatch",
            reason:
              "packed data trains at a micro-batch of 1: at this one samples are padded, and the steps follow their number",
          },
        ]
      : []),
    { path: "result", reason: "older checkpoints stay: remove them by hand when the disk fills" },
  ],
  settings: (run) => [
    { path: "train/config.json", text: `${JSON.stringify(configuration(run), null, 2)}\n` },
    { path: "train/train.py", text: TRAIN_PY },
  ],
  train: (run) => [
    ...distributed(run),
    code("export PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True CUDA_DEVICE_MAX_CONNECTIONS=1"),
    comment("Goes on from the last checkpoint in out/run by itself."),
    code('exec torchrun "${launch[@]}" train/train.py "$@"'),
  ],
  programs: ["torchrun", "python3"],
  // A commit: its recipes move between releases.
  install: ({ pins }) => [
    "git clone https://github.com/NVIDIA-NeMo/Megatron-Bridge",
    `git -C Megatron-Bridge checkout ${pins["Megatron-Bridge"] ?? ""}`,
    "cd Megatron-Bridge && git submodule update --init && uv sync",
  ],
  prepare: (run) => [importScript(run)],
  gather: gatherScript,
  result: ({ adapters }) => [code(adapters ? "ADAPTER=out/adapter" : "MERGED=out/merged")],
};
