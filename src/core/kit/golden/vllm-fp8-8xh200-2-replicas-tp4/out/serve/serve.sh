#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, FP8, vLLM 0.23.0, 8 x H200, TP 4, 2 replicas
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
# one socket a client and one file a weight shard
ulimit -n "$(ulimit -Hn)"

replica=${1:-0}
PORT=$((PORT + replica))
first=$((replica * 4))
CUDA_VISIBLE_DEVICES=$(seq -s, "${first}" $((first + 4 - 1)))
export PORT CUDA_VISIBLE_DEVICES

args=(
  "${MODEL_DIR}"  # deepseek-ai/DeepSeek-V3-0324, fetched by download.sh
  --served-model-name deepseek-v3-0324  # the name that clients send
  --trust-remote-code  # the checkpoint ships its own config class
  --tensor-parallel-size 4  # plan: TP 4, 32 of 128 heads a rank
  --gpu-memory-utilization 0.92  # the engine's default, pinned: 79.7 GiB weights + 41.6 GiB cache + 10.4 GiB work of 140.4 GiB a rank
  --kv-cache-dtype auto  # plan: BF16 cache, the model's own type
  --max-model-len 8192  # 1,024 in + 1,024 out = 2,048, with room; the model itself goes to 163,840
  --max-num-seqs 32  # plan: 64 users over 2 replicas
  --max-num-batched-tokens 8192  # the engine's default, pinned: with it the first token comes after 421 ms, SLO 2,000 ms
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
)
exec vllm serve "${args[@]}"
