#!/usr/bin/env bash
# Takes the adapters out of the last checkpoint, on the accelerators that trained. Run it on every node.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "${here}"
MEGATRON_BRIDGE=${MEGATRON_BRIDGE:?set it to a checkout of Megatron-Bridge}
conversion="${MEGATRON_BRIDGE}/examples/conversion"
NNODES=${NNODES:-4}
NODE_RANK=${NODE_RANK:-${SLURM_NODEID:-0}}
MASTER_ADDR=${MASTER_ADDR:-127.0.0.1}
MASTER_PORT=${MASTER_PORT:-29500}
if [ "${NNODES}" -gt 1 ] && [ "${MASTER_ADDR}" = 127.0.0.1 ]; then
  printf 'set MASTER_ADDR to the first node and NODE_RANK to this one, or submit train/train.sbatch\n' >&2
  exit 1
fi
launch=(
  --nproc-per-node 8  # one process an accelerator
  --nnodes "${NNODES}"  # plan: nodes
  --node-rank "${NODE_RANK}"  # this node
  --master-addr "${MASTER_ADDR}"  # the first node
  --master-port "${MASTER_PORT}"  # free on the first node
)
last=$(find out/run -maxdepth 1 -name 'iter_*' 2> /dev/null | sort -V | tail -n 1 || true)
if [ -z "${last}" ]; then
  printf 'no checkpoint in out/run\n' >&2
  exit 1
fi
words=(
  --hf-model-path weights/bf16  # the architecture
  --lora-checkpoint "${last}"  # what training left
  --output out/adapter  # PEFT's form
  --dtype bf16  # as trained
  --tp 1  # plan: TP
  --pp 4  # plan: PP
  --ep 8  # plan: EP
)
torchrun "${launch[@]}" "${conversion}/adapter/export_adapter.py" "${words[@]}"
