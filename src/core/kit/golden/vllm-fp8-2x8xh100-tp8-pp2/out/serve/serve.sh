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

NODE_RANK=${1:?usage: serve.sh NODE_RANK (0 on the first node, 1 on the next)}
: "${HEAD_ADDR:?set HEAD_ADDR in serve/env to the address of the first node}"

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
  --nnodes 2  # plan: one replica over 2 nodes, started without Ray
  --node-rank "${NODE_RANK}"  # 0 on the first node, 1 on the next
  --master-addr "${HEAD_ADDR}"  # ranks meet at node 0
  --master-port 29501  # the port that they meet at
)
if [ "${NODE_RANK}" = 0 ]; then
  :
else
  more=(
    --headless  # only node 0 answers HTTP
  )
  args+=("${more[@]}")
fi
exec vllm serve "${args[@]}"
