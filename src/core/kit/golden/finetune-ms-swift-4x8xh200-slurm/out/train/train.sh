#!/usr/bin/env bash
# Trains. Start it again to go on from its last checkpoint; with --smoke it takes two steps and stops.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "${here}"
if [ ! -s data/training.jsonl ]; then
  printf 'data/training.jsonl is missing\n' >&2
  exit 1
fi
NNODES=${NNODES:-4}
NODE_RANK=${NODE_RANK:-${SLURM_NODEID:-0}}
MASTER_ADDR=${MASTER_ADDR:-127.0.0.1}
MASTER_PORT=${MASTER_PORT:-29500}
if [ "${NNODES}" -gt 1 ] && [ "${MASTER_ADDR}" = 127.0.0.1 ]; then
  printf 'set MASTER_ADDR to the first node and NODE_RANK to this one, or submit train/train.sbatch\n' >&2
  exit 1
fi
NPROC_PER_NODE=8  # one process an accelerator
export NNODES NODE_RANK MASTER_ADDR MASTER_PORT NPROC_PER_NODE
export PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True
export MODELSCOPE_CACHE="${MODELSCOPE_CACHE:-${here}/out/cache}"
arguments=(
  --model weights/bf16  # reads BF16: prepare/cast.sh
  --dataset data/training.jsonl  # what data/check.py passed
  --val_dataset data/validation.jsonl  # held out
  --eval_steps 305  # plan: 4 looks
  --tuner_type lora  # plan: adapters
  --lora_rank 8  # the plan's rank
  --lora_alpha 16  # the plan's alpha, or twice the rank
  --lora_dropout 0  # none
  --target_regex '.*\.layers\.\d+\.(self_attention\.linear_q_down_proj|self_attention\.linear_q_up_proj|self_attention\.linear_kv_down_proj|self_attention\.linear_proj|mlp\.linear_fc1|mlp\.linear_fc2|mlp\.shared_experts\.linear_fc1|mlp\.shared_experts\.linear_fc2)'  # the plan's targets, as Megatron names them
  --merge_lora false  # export/merge.py merges, a shard at a time
  --tensor_model_parallel_size 1  # plan: TP 1
  --pipeline_model_parallel_size 4  # plan: PP 4
  --pipeline_model_parallel_layout 'Ettttttttttttttt|ttttttttttttttt|tttttttttttttttt|tttttttttttttttL'  # layers by stage, as estimated
  --expert_model_parallel_size 8  # plan: EP 8
  --expert_tensor_parallel_size 1  # experts are cut by EP where there is any
  --context_parallel_size 1  # plan: CP 1
  --sequence_parallel false  # activations between layers are cut with TP
  --use_distributed_optimizer true  # plan: the optimizer is shared out
  --micro_batch_size 1  # plan: micro-batch
  --global_batch_size 16  # plan: sequences a step
  --max_length 4096  # plan: tokens of a sequence
  --packing true  # sequences are filled: the plan's steps count on it
  --train_iters 1221  # the plan's tokens and epochs
  --recompute_granularity full  # plan: recompute full
  --recompute_method uniform  # every layer
  --recompute_num_layers 1  # one layer at a time
  --lr 0.0001  # the plan's, or what the framework takes
  --lr_warmup_fraction 0.05  # as in its examples
  --moe_grouped_gemm true  # experts of a rank in one product
  --moe_permute_fusion true  # as in its examples
  --cross_entropy_loss_fusion true  # as in its examples
  --attention_backend flash  # as in its examples
  --output_dir out/run  # every node must see it
  --add_version false  # a restart finds its checkpoints
  --save_steps 1221  # about an hour of work
  --save_total_limit 2  # older ones are removed
  --save_safetensors true  # what export.sh reads
  --no_save_optim false  # a stopped run goes on with its optimizer
  --logging_steps 1  # every step
  --dataset_num_proc 8  # tokenizing
)
if [ "${1:-}" = --smoke ]; then
  exec megatron sft "${arguments[@]}" --train_iters 2 --output_dir out/smoke
fi
last=$(find out/run -maxdepth 1 -name 'checkpoint-*' 2> /dev/null | sort -V | tail -n 1 || true)
if [ -n "${last}" ]; then
  printf 'going on from %s\n' "${last}"
  arguments+=(--mcore_adapter "${last}" --finetune false)
fi
exec megatron sft "${arguments[@]}"
