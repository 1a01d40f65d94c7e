#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, FP8, vLLM 0.23.0, 2 nodes of 8 x H100, TP 16, DP attention 16, EP 16
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
  --tensor-parallel-size 1  # plan: 16 ranks as 16 attention groups of 1, all 128 heads each group
  --data-parallel-size 16  # plan: 16 caches of different requests instead of 16 copies
  --enable-expert-parallel  # plan: EP 16, 16 of 256 routed experts a rank
  --gpu-memory-utilization 0.92  # the engine's default, pinned: 39.9 GiB weights + 22.3 GiB cache + 9.5 GiB work of 79.6 GiB a rank
  --kv-cache-dtype fp8  # plan: FP8 cache, half the bytes a token
  --max-model-len 8192  # 1,024 in + 1,024 out = 2,048, with room; the model itself goes to 163,840
  --max-num-seqs 32  # plan: 512 users, 32 in each of 16 attention groups
  --max-num-batched-tokens 8192  # the engine's default, pinned: with it the first token comes after 520 ms, SLO 2,000 ms
  --numa-bind  # plan: each rank stays on its accelerator's socket
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
  --data-parallel-size-local 8  # 8 of 16 attention groups on each node
  --data-parallel-address "${HEAD_ADDR}"  # the groups meet at node 0
  --data-parallel-rpc-port 13345  # where node 0 listens for them
)
if [ "${NODE_RANK}" = 0 ]; then
  more=(
    --api-server-count 8  # several front ends, so that none is the bottleneck
  )
  args+=("${more[@]}")
else
  more=(
    --headless  # only node 0 answers HTTP
    --data-parallel-start-rank "$((NODE_RANK * 8))"  # node rank x 8: the first group of this node
  )
  args+=("${more[@]}")
fi
exec vllm serve "${args[@]}"
