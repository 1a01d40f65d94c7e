/**
 * ms-swift's Megatron backend.
 *
 * Source   ms-swift swift/megatron/arguments/megatron_args.py and docs/source_en/Megatron-SWIFT; options:
 *          planner-data/training/ms-swift.json
 */
import { counted } from "../../engines/arguments.ts";
import { array, block, code, type ArrayItem, type ScriptLine } from "../../render/shell.ts";
import { pipelineLayout, type Run } from "../run.ts";
import { OUT, WEIGHTS } from "../scripts.ts";
import { LAUNCHED, option, type FrameworkKit } from "./framework-kit.ts";
import { eightBit, expertTensorParallel, modulesOf, SELECTIVE } from "./megatron.ts";

/** A pattern over whole module names, as PEFT reads `target_regex`. */
export function targetRegex(run: Run): string {
  const names = modulesOf(run).map((name) => name.replaceAll(".", "\\."));
  return `.*\\.layers\\.\\d+\\.(${names.join("|")})`;
}

function trained(run: Run): ArrayItem[] {
  const { adapters, plan } = run;
  if (!adapters)
    return [
      option("tuner_type", "full", "plan: every weight"),
      ...(plan.training.routerFrozen === true
        ? [option("freeze_parameters_regex", ".*\\.mlp\\.router\\..*", "plan: the router stays as it is")]
        : []),
    ];
  return [
    option("tuner_type", "lora", "plan: adapters"),
    option("lora_rank", adapters.rank, "the plan's rank"),
    option("lora_alpha", adapters.alpha, "the plan's alpha, or twice the rank"),
    option(
      "lora_dropout",
      adapters.dropout,
      adapters.dropout === 0 ? "none" : "plan: dropout of the adapters",
    ),
    option("target_regex", targetRegex(run), "the plan's targets, as Megatron names them"),
    option("merge_lora", false, "export/merge.py merges, a shard at a time"),
  ];
}

function layout({ plan, ...run }: Run): ArrayItem[] {
  const { tp, pp, ep, cp, offload } = plan.layout;
  const whole = { plan, ...run };
  return [
    option("tensor_model_parallel_size", tp, `plan: TP ${tp}`),
    option("pipeline_model_parallel_size", pp, `plan: PP ${pp}`),
    ...(pp > 1
      ? [option("pipeline_model_parallel_layout", pipelineLayout(whole), "layers by stage, as estimated")]
      : []),
    option("expert_model_parallel_size", ep, `plan: EP ${ep}`),
    option(
      "expert_tensor_parallel_size",
      expertTensorParallel(plan),
      "experts are cut by EP where there is any",
    ),
    option("context_parallel_size", cp, `plan: CP ${cp}`),
    option("sequence_parallel", tp > 1, "activations between layers are cut with TP"),
    option("use_distributed_optimizer", true, "plan: the optimizer is shared out"),
    ...(offload === "optimizer"
      ? [
          option("optimizer_cpu_offload", true, "plan: the optimizer waits on the host"),
          option("optimizer_offload_fraction", 1, "all of it"),
        ]
      : []),
    ...(offload === "optimizer" || eightBit(whole)
      ? [option("use_precision_aware_optimizer", true, "what offload and small moments need")]
      : []),
    ...(eightBit(whole)
      ? [
          option("exp_avg_dtype", "fp8", "plan: moments in 8 bits"),
          option("exp_avg_sq_dtype", "fp8", "plan: moments in 8 bits"),
        ]
      : []),
  ];
}

function recompute({ plan: { training } }: Run): ArrayItem[] {
  const granularity = option(
    "recompute_granularity",
    training.recompute,
    `plan: recompute ${training.recompute}`,
  );
  if (training.recompute === "full")
    return [
      granularity,
      option("recompute_method", "uniform", "every layer"),
      option("recompute_num_layers", 1, "one layer at a time"),
    ];
  if (training.recompute === "none") return [granularity];
  return [
    granularity,
    { words: ["--recompute_modules", ...SELECTIVE], because: "what the estimate counts on" },
  ];
}

function options(run: Run): ArrayItem[] {
  const { plan, evaluationSteps } = run;
  const { training } = plan;
  return [
    option("model", WEIGHTS.bf16, "reads BF16: prepare/cast.sh"),
    { words: ["--dataset", "data/training.jsonl"], because: "what data/check.py passed" },
    ...(evaluationSteps === undefined
      ? [option("split_dataset_ratio", 0, "nothing is held out")]
      : [
          option("val_dataset", "data/validation.jsonl", "held out"),
          option("eval_steps", evaluationSteps, `plan: ${counted(plan.data.evaluations ?? 1, "look")}`),
        ]),
    ...trained(run),
    ...layout(run),
    option("micro_batch_size", training.microBatch, "plan: micro-batch"),
    option("global_batch_size", training.globalBatch, "plan: sequences a step"),
    option("max_length", training.sequenceTokens, "plan: tokens of a sequence"),
    option("packing", true, "sequences are filled: the plan's steps count on it"),
    option("train_iters", run.steps, "the plan's tokens and epochs"),
    ...recompute(run),
    option("lr", run.learningRate, "the plan's, or what the framework takes"),
    option("lr_warmup_fraction", 0.05, "as in its examples"),
    option("moe_grouped_gemm", true, "experts of a rank in one product"),
    option("moe_permute_fusion", true, "as in its examples"),
    option("cross_entropy_loss_fusion", true, "as in its examples"),
    option("attention_backend", "flash", "as in its examples"),
    option("output_dir", OUT, "every node must see it"),
    option("add_version", false, "a restart finds its checkpoints"),
    option("save_steps", run.saveSteps, "about an hour of work"),
    option("save_total_limit", 2, "older ones are removed"),
    option("save_safetensors", true, "what export.sh reads"),
    option("no_save_optim", false, "a stopped run goes on with its optimizer"),
    option("logging_steps", 1, "every step"),
    option("dataset_num_proc", 8, "tokenizing"),
  ];
}

function train(run: Run): ScriptLine[] {
  const full = run.adapters === undefined;
  return [
    ...block(LAUNCHED.replace("@NODES@", String(run.plan.cluster.nodes))),
    {
      text: `NPROC_PER_NODE=${run.plan.cluster.acceleratorsPerNode}`,
      because: "one process an accelerator",
    },
    code("export NNODES NODE_RANK MASTER_ADDR MASTER_PORT NPROC_PER_NODE"),
    code("export PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True"),
    code('export MODELSCOPE_CACHE="${MODELSCOPE_CACHE:-${here}/out/cache}"'),
    ...array("arguments", options(run)),
    ...block(`
      if [ "\${1:-}" = --smoke ]; then
        exec megatron sft "\${arguments[@]}" --train_iters 2 --output_dir out/smoke
      fi
      last=$(find ${OUT} -maxdepth 1 -name 'checkpoint-*' 2> /dev/null | sort -V | tail -n 1 || true)
      if [ -n "\${last}" ]; then
        printf 'going on from %s\\n' "\${last}"
        arguments+=(${full ? "--mcore_model" : "--mcore_adapter"} "\${last}" --finetune false)
      fi
      exec megatron sft "\${arguments[@]}"
    `),
  ];
}

export const msSwiftKit: FrameworkKit = {
  unsupported: () => [
    {
      path: "layout",
      reason:
        "resuming with the optimizer has failed in some releases (ms-swift issue 8240): stop train.sh after its first checkpoint and start it again before you count on it",
    },
  ],
  settings: () => [],
  train,
  programs: ["megatron", "swift", "python3"],
  install: ({ pins }) => [
    `pip install 'ms-swift==${pins["ms-swift"] ?? ""}' mcore-bridge 'megatron-core~=${pins["megatron-core"] ?? ""}.0'`,
    "pip install --no-build-isolation 'transformer_engine[pytorch]'",
    "pip install flash-attn --no-build-isolation",
  ],
  result: ({ adapters }) => [
    ...block(`
      last=$(find ${OUT} -maxdepth 1 -name 'checkpoint-*' 2> /dev/null | sort -V | tail -n 1 || true)
      if [ -z "\${last}" ]; then
        printf 'no checkpoint in ${OUT}\\n' >&2
        exit 1
      fi
    `),
    code(`${adapters ? "ADAPTER" : "MERGED"}=\${last}`),
  ],
};
