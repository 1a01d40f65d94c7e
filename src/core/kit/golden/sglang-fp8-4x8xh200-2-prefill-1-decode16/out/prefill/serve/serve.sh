#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, FP8, SGLang 0.5.18, 2 nodes of 8 x H200, prefill, TP 8, 2 replicas
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
# one socket a client and one file a weight shard
ulimit -n "$(ulimit -Hn)"

args=(
  --model-path "${MODEL_DIR}"  # deepseek-ai/DeepSeek-V3-0324, revision e9b33add, fetched by download.sh
  --served-model-name deepseek-v3-0324  # the name that clients send
  --trust-remote-code  # the checkpoint ships its own config class
  --tp-size 8  # plan: TP 8, 16 of 128 heads a rank
  --mem-fraction-static 0.71  # 79.7 GiB weights + 20.0 GiB cache of 140.4 GiB a rank
  --context-length 8192  # 1,024 in + 1,024 out = 2,048, with room; the model itself goes to 163,840
  --max-running-requests 32  # plan: 64 users over 2 replicas
  --chunked-prefill-size 8192  # the engine's default, pinned: with it the first token comes after 421 ms, SLO 2,000 ms
  --enable-metrics  # bench.sh and your monitoring read queue, cache and latency from /metrics
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
  --disaggregation-mode prefill  # plan: this half reads prompts and hands their cache on
  --disaggregation-transfer-backend mooncake  # the cache goes over RDMA; the image carries it
  --disaggregation-bootstrap-port "${BOOTSTRAP_PORT}"  # decode servers ask here where a prompt's cache lies
)
exec python3 -m sglang.launch_server "${args[@]}"
