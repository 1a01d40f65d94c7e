#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, FP8, SGLang 0.5.18, 2 nodes of 8 x H100, TP 16
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
# one socket a client and one file a weight shard
ulimit -n "$(ulimit -Hn)"

NODE_RANK=${SLURM_NODEID:?started by serve/serve.sbatch}
: "${HEAD_ADDR:?set by serve/serve.sbatch}"

args=(
  --model-path "${MODEL_DIR}"  # deepseek-ai/DeepSeek-V3-0324, revision e9b33add, fetched by download.sh
  --served-model-name deepseek-v3-0324  # the name that clients send
  --trust-remote-code  # the checkpoint ships its own config class
  --tp-size 16  # plan: TP 16, 8 of 128 heads a rank
  --mem-fraction-static 0.781  # 39.9 GiB weights + 22.3 GiB cache of 79.6 GiB a rank
  --context-length 8192  # 1,024 in + 1,024 out = 2,048, with room; the model itself goes to 163,840
  --max-running-requests 64  # plan: 64 users
  --cuda-graph-max-bs-decode 64  # no larger batch is ever decoded
  --chunked-prefill-size 8192  # the engine's default, pinned: with it the first token comes after 520 ms, SLO 2,000 ms
  --speculative-algorithm EAGLE  # plan: the checkpoint's own MTP layer drafts
  --speculative-num-steps 3  # plan: 3 draft steps
  --speculative-eagle-topk 1  # one chain, as the MTP layer was trained
  --speculative-num-draft-tokens 4  # 3 drafts and the token before them are verified at once
  --enable-metrics  # bench.sh and your monitoring read queue, cache and latency from /metrics
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
  --nnodes 2  # plan: one replica over 2 nodes
  --dist-init-addr "${HEAD_ADDR}":20000  # ranks meet at node 0, port 20000
  --node-rank "${NODE_RANK}"  # 0 on the first node, 1 on the next
)
exec python3 -m sglang.launch_server "${args[@]}"
