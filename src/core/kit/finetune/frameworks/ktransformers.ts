/**
 * KTransformers with LLaMA-Factory: attention and shared experts on accelerators, routed experts on the host.
 *
 * Source   KTransformers doc/en/SFT/KTransformers-Fine-Tuning_Cookbook.md (0.7.0), kt-kernel sft/config.py and
 *          sft/wrapper.py; LLaMA-Factory examples/ktransformers. Keys: planner-data/training/ktransformers.json
 */
import { readsPublished, type AdapterTarget } from "../../../domain/finetune-plan.ts";
import { counted } from "../../engines/arguments.ts";
import { formatCount } from "../../../units/format.ts";
import type { Draft } from "../../files/draft.ts";
import { array, block, code, join, variable, type ScriptLine } from "../../render/shell.ts";
import { explained, printYaml, type YamlValue } from "../../render/yaml.ts";
import type { Run } from "../run.ts";
import { OUT, WEIGHTS } from "../scripts.ts";
import type { FrameworkKit } from "./framework-kit.ts";

/** Modules by target, as PEFT matches them: by the end of the name. Routed experts are KTransformers' own. */
const MODULES: Readonly<Partial<Record<AdapterTarget, readonly string[]>>> = {
  q_a: ["self_attn.q_a_proj"],
  q_b: ["self_attn.q_b_proj"],
  kv_a: ["self_attn.kv_a_proj_with_mqa"],
  kv_b: ["self_attn.kv_b_proj"],
  o: ["self_attn.o_proj"],
  dense: ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"],
  shared: ["mlp.shared_experts.gate_proj", "mlp.shared_experts.up_proj", "mlp.shared_experts.down_proj"],
};

const OPTIMIZERS = {
  adamw: "adamw_torch",
  "adamw-8bit": "adamw_8bit",
  "paged-adamw-8bit": "paged_adamw_8bit",
} as const;

const trainsExperts = ({ adapters }: Run): boolean => adapters?.targets.includes("routed") ?? false;
const keepsAll = ({ plan }: Run): boolean => plan.training.recompute === "none";
/** Chat formats: R1's own, V3's for all others. */
const templateOf = ({ plan }: Run): string => (plan.model.includes("-r1") ? "deepseekr1" : "deepseek3");

function backend(run: Run): { readonly kt_backend: YamlValue; readonly more: Record<string, YamlValue> } {
  const { base } = run.plan;
  const format = explained("fp8", "the published experts as they are: the host multiplies them without AMX");
  if (readsPublished(run.plan))
    return {
      kt_backend: explained("auto", "the fastest that this processor has"),
      more: {
        kt_expert_weight_format: format,
        ...(trainsExperts(run)
          ? { kt_force_fused_expert_lora: explained(true, "the plan's adapters on routed experts") }
          : {}),
      },
    };
  if (!trainsExperts(run)) {
    const name = { bf16: "AMXBF16", int8: "AMXINT8", int4: "AMXINT4" }[base as "bf16" | "int8" | "int4"];
    return {
      kt_backend: explained(`${name}_SkipLoRA`, "no adapter of the plan is on a routed expert"),
      more: {},
    };
  }
  const more = {
    ...(base === "int4" ? {} : { kt_expert_weight_format: base }),
    kt_force_fused_expert_lora: explained(true, "the plan's adapters on routed experts"),
  };
  return {
    kt_backend:
      base === "int4"
        ? explained("AMXINT4", "experts in four bits")
        : explained("auto", "the fastest that this processor has"),
    more,
  };
}

function experts(run: Run): Record<string, YamlValue> {
  const { kt_backend, more } = backend(run);
  return {
    kt_backend,
    ...more,
    ...(run.plan.base === "int8" ? { kt_weight_lifecycle: "persistent" } : {}),
    kt_tp_enabled: true,
    ...(run.sockets === undefined
      ? {}
      : {
          kt_threadpool_count: explained(
            run.sockets,
            `the plan's host has ${counted(run.sockets, "socket")}`,
          ),
        }),
    kt_max_cache_depth: 2,
    kt_share_backward_bb: true,
  };
}

function evaluation({ plan, evaluationSteps }: Run): Record<string, YamlValue> {
  if (evaluationSteps === undefined) return {};
  return {
    eval_strategy: "steps",
    eval_steps: explained(evaluationSteps, `plan: ${counted(plan.data.evaluations ?? 1, "look")}`),
    per_device_eval_batch_size: plan.training.microBatch,
  };
}

function trainYaml(run: Run): Draft {
  const { plan, adapters, evaluationSteps } = run;
  const { training, base } = plan;
  const converted = base === "int8" || base === "int4";
  const document: Record<string, YamlValue> = {
    model_name_or_path: readsPublished(plan)
      ? explained(WEIGHTS.fp8, "the published checkpoint: nothing is cast before training")
      : explained(WEIGHTS.bf16, "LLaMA-Factory reads BF16: prepare/cast.sh"),
    trust_remote_code: false,
    disable_gradient_checkpointing: explained(keepsAll(run), `plan: recompute ${training.recompute}`),
    stage: "sft",
    do_train: true,
    finetuning_type: "lora",
    lora_rank: explained(adapters?.rank ?? 0, "the plan's rank"),
    lora_alpha: explained(adapters?.alpha ?? 0, "the plan's alpha, or twice the rank"),
    lora_dropout: adapters?.dropout ?? 0,
    lora_target: explained(
      (adapters?.targets ?? []).flatMap((target) => MODULES[target] ?? []).join(","),
      "the plan's targets outside the routed experts",
    ),
    dataset: "training",
    ...(evaluationSteps === undefined ? {} : { eval_dataset: "validation" }),
    dataset_dir: "train",
    template: explained(templateOf(run), "LLaMA-Factory's name of this model's chat format"),
    cutoff_len: explained(training.sequenceTokens, "longer samples lose their end"),
    packing: explained(false, "KTransformers is documented and tested so"),
    preprocessing_num_workers: 16,
    dataloader_num_workers: 4,
    output_dir: OUT,
    logging_steps: 1,
    save_strategy: "steps",
    save_steps: explained(run.saveSteps, "about an hour of work"),
    save_total_limit: 2,
    save_only_model: explained(false, "a stopped run goes on with its optimizer"),
    overwrite_output_dir: false,
    report_to: "none",
    ...evaluation(run),
    per_device_train_batch_size: explained(training.microBatch, "plan: micro-batch"),
    gradient_accumulation_steps: explained(run.microBatches, `${training.globalBatch} sequences a step`),
    learning_rate: explained(run.learningRate, "the plan's, or what the framework's examples take"),
    num_train_epochs: explained(plan.data.epochs, "plan: epochs"),
    lr_scheduler_type: "cosine",
    warmup_ratio: 0.05,
    optim: explained(OPTIMIZERS[training.optimizer], `plan: ${training.optimizer}`),
    bf16: true,
    ddp_timeout: 180000000,
    use_kt: explained(true, "routed experts are multiplied by the host"),
    ...(keepsAll(run) ? { kt_cpu_activation: "retain" } : {}),
    ...(converted
      ? {
          kt_weight_path: explained(WEIGHTS.experts, `routed experts in ${base}, converted`),
          kt_non_expert_weight_path: explained(WEIGHTS.rest, "the rest in BF16, of the same conversion"),
        }
      : {}),
    kt_config: experts(run),
  };
  return { path: "train/train.yaml", ...printYaml(document) };
}

function accelerateYaml({ plan }: Run): Draft {
  const document: Record<string, YamlValue> = {
    compute_environment: "LOCAL_MACHINE",
    distributed_type: "FSDP",
    fsdp_config: {
      fsdp_auto_wrap_policy: "TRANSFORMER_BASED_WRAP",
      fsdp_cpu_ram_efficient_loading: true,
      fsdp_offload_params: false,
      fsdp_reshard_after_forward: true,
      fsdp_state_dict_type: "FULL_STATE_DICT",
      fsdp_version: 2,
    },
    mixed_precision: "bf16",
    num_machines: 1,
    num_processes: explained(plan.cluster.acceleratorsPerNode, "one process an accelerator"),
    rdzv_backend: "static",
    same_network: true,
    use_cpu: false,
  };
  return { path: "train/accelerate.yaml", ...printYaml(document) };
}

const dataset = (file: string) => ({
  file_name: `../data/${file}`,
  formatting: "sharegpt",
  columns: { messages: "messages" },
  tags: {
    role_tag: "role",
    content_tag: "content",
    user_tag: "user",
    assistant_tag: "assistant",
    system_tag: "system",
  },
});

function datasets({ evaluationSteps }: Run): Draft {
  const listed = {
    training: dataset("training.jsonl"),
    ...(evaluationSteps === undefined ? {} : { validation: dataset("validation.jsonl") }),
  };
  return { path: "train/dataset_info.json", text: `${JSON.stringify(listed, null, 2)}\n` };
}

function train(): ScriptLine[] {
  return [
    code("LLAMA_FACTORY=${LLAMA_FACTORY:?set it to a checkout of LLaMA-Factory}"),
    code("cores=$(lscpu -p=CORE,SOCKET | grep -v '^#' | sort -u | wc -l)"),
    ...array("launch", [
      { words: ["--main_process_port", "0"], because: "any free one" },
      { words: ["--config_file", "train/accelerate.yaml"], because: "processes and FSDP2" },
      { words: [join(variable("LLAMA_FACTORY"), "/src/train.py")], because: "the training entry" },
      { words: ["train/train.yaml"], because: "model, data, adapters and KTransformers" },
      {
        words: [join("kt_config.kt_num_threads=", variable("cores"))],
        because: "physical cores: a second thread on one slows the products",
      },
    ]),
    ...block(`
      if [ "\${1:-}" = --smoke ]; then
        exec accelerate launch "\${launch[@]}" max_steps=2 max_samples=8 output_dir=out/smoke
      fi
      last=$(find ${OUT} -maxdepth 1 -name 'checkpoint-*' 2> /dev/null | sort -V | tail -n 1 || true)
      if [ -n "\${last}" ]; then
        printf 'going on from %s\\n' "\${last}"
        launch+=("resume_from_checkpoint=\${last}")
      fi
      exec accelerate launch "\${launch[@]}"
    `),
  ];
}

export const ktransformersKit: FrameworkKit = {
  refuse: (run) => {
    if (keepsAll(run) && (!trainsExperts(run) || run.plan.base === "int4" || readsPublished(run.plan)))
      return {
        path: "training.recompute",
        problem:
          "KTransformers keeps activations only where it trains adapters on routed experts over BF16 or INT8: recompute them",
      };
    return undefined;
  },
  unsupported: (run) => [
    {
      path: "data.tokens",
      reason:
        "samples are not packed: a sequence is a sample, so the number of steps follows the number of samples, and the plan's holds where they are about as long as its sequences",
    },
    ...(readsPublished(run.plan) && !trainsExperts(run)
      ? [
          {
            path: "adapters.ranks",
            reason: `for FP8 the release names no backend without adapters on experts: compare the trained parameters of its log with ${formatCount(run.estimate.parameters.trainable)}`,
          },
        ]
      : []),
    ...(run.plan.base === "bf16" || readsPublished(run.plan)
      ? []
      : [
          {
            path: "base",
            reason: `experts in ${run.plan.base} are made by KTransformers' own converter, together with the BF16 rest: put both into ${WEIGHTS.experts} and ${WEIGHTS.rest} before you start`,
          },
        ]),
    ...(trainsExperts(run)
      ? [
          {
            path: "result",
            reason:
              "adapters on routed experts are saved in a file of KTransformers' own, which no converter of this kit reads: serve them with its SGLang",
          },
        ]
      : []),
  ],
  settings: (run) => [trainYaml(run), accelerateYaml(run), datasets(run)],
  train,
  programs: ["accelerate", "python3"],
  install: ({ pins }) => [
    `pip install torch==${pins["torch"] ?? ""}`,
    "git clone https://github.com/hiyouga/LlamaFactory && pip install -e LlamaFactory",
    `pip install "ktransformers[sft]==${pins["ktransformers"] ?? ""}"   # last: it brings its own transformers and accelerate`,
  ],
  result: () => [code(`ADAPTER=${OUT}`)],
  noExport: (run) =>
    trainsExperts(run)
      ? "Adapters on routed experts lie in a file of KTransformers' own: merging the others alone would be another model."
      : undefined,
};
