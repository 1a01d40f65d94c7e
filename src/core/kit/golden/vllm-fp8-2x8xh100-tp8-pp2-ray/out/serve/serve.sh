#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, FP8, vLLM 0.23.0, 2 nodes of 8 x H100, TP 8, PP 2
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
# one socket a client and one file a weight shard
ulimit -n "$(ulimit -Hn)"

args=(
  "${MODEL_DIR}"  # deepseek-ai/DeepSeek-V3-0324, fetched by download.sh
  --served-model-name deepseek-v3-0324  # the name that clients send
  --trust-remote-code  # the checkpoint ships its own config class
  --tensor-parallel-size 8  # plan: TP 8, 16 of 128 heads a rank
  --pipeline-parallel-size 2  # plan: 61 layers over 2 stages
  --gpu-memory-utilization 0.92  # the engine's default, pinned: 39.9 GiB weights + 22.3 GiB cache + 9.5 GiB work of 79.6 GiB a rank
  --max-model-len 8192  # 1,024 in + 1,024 out = 2,048, with room; the model itself goes to 163,840
  --max-num-seqs 64  # plan: 64 users
  --max-num-batched-tokens 8192  # the engine's default, pinned: with it the first token comes after 520 ms, SLO 2,000 ms
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
  --distributed-executor-backend ray  # plan: Ray starts the ranks of all 2 nodes
)
exec vllm serve "${args[@]}"
