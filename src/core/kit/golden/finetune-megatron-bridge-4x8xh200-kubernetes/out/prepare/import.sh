#!/usr/bin/env bash
# Imports the BF16 checkpoint into Megatron's form, on the accelerators that train. Run it on every node.
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
words=(
  --hf-model weights/bf16  # what cast.sh made
  --megatron-path weights/megatron  # what training loads
  --tp 1  # plan: TP
  --pp 4  # plan: PP
  --ep 8  # plan: EP
)
torchrun "${launch[@]}" "${conversion}/convert_checkpoints_multi_gpu.py" import "${words[@]}"
