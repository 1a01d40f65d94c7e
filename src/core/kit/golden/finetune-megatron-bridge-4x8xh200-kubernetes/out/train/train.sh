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
launch=(
  --nproc-per-node 8  # one process an accelerator
  --nnodes "${NNODES}"  # plan: nodes
  --node-rank "${NODE_RANK}"  # this node
  --master-addr "${MASTER_ADDR}"  # the first node
  --master-port "${MASTER_PORT}"  # free on the first node
)
export PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True CUDA_DEVICE_MAX_CONNECTIONS=1
# Goes on from the last checkpoint in out/run by itself.
exec torchrun "${launch[@]}" train/train.py "$@"
