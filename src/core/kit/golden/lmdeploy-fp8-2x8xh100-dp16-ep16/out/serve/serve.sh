#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, FP8, LMDeploy 0.16.0, 2 nodes of 8 x H100, TP 16, DP attention 16, EP 16
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

export LMDEPLOY_DP_MASTER_ADDR="${HEAD_ADDR}"  # the data-parallel ranks meet at node 0
export LMDEPLOY_DP_MASTER_PORT=29555  # the port that they meet at
args=(
  "${MODEL_DIR}"  # deepseek-ai/DeepSeek-V3-0324, fetched by download.sh
  --backend pytorch  # the engine that runs this family; the other one does not
  --model-name deepseek-v3-0324  # the name that clients send
  --trust-remote-code  # the checkpoint ships its own config class
  --tp 1  # plan: neither attention nor experts are cut
  --dp 16  # plan: 16 caches of different requests instead of 16 copies
  --ep 16  # plan: EP 16, 16 of 256 routed experts a rank
  --nnodes 2  # plan: one replica over 2 nodes
  --node-rank "${NODE_RANK}"  # 0 on the first node, 1 on the next
  --cache-max-entry-count 0.92  # the engine's default, pinned: of the memory that the weights leave: 12.3 GiB of cache beside 55.2 GiB of weights a rank
  --cache-block-seq-len 64  # the engine's default, pinned: tokens a block of cache
  --quant-policy 0  # plan: BF16 cache, the model's own type
  --session-len 8192  # 1,024 in + 1,024 out = 2,048, with room; the model itself goes to 163,840
  --max-batch-size 32  # plan: 512 users, 32 on each of 16 ranks
  --max-prefill-token-num 8192  # the engine's default, pinned: with it the first token comes after 900 ms, SLO 2,000 ms
  --proxy-url http://"${HEAD_ADDR}":"${PORT}"  # every rank is a server of its own and reports to the proxy on the first node
)
exec lmdeploy serve api_server "${args[@]}"
