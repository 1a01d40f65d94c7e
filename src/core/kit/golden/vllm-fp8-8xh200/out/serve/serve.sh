#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, FP8, vLLM 0.23.0, 8 x H200, TP 8
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
  --gpu-memory-utilization 0.92  # the engine's default, pinned: 79.7 GiB weights + 41.6 GiB cache + 10.4 GiB work of 140.4 GiB a rank
  --max-model-len 8192  # 1,024 in + 1,024 out = 2,048, with room; the model itself goes to 163,840
  --max-num-seqs 64  # plan: 64 users
  --max-num-batched-tokens 8192  # the engine's default, pinned: with it the first token comes after 421 ms, SLO 2,000 ms
  --enable-prefix-caching  # plan: 50 % of the prompt is found in the cache
  --speculative-config '{"method":"mtp","num_speculative_tokens":1}'  # plan: the checkpoint's own MTP layer drafts 1 token a step
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
)
exec vllm serve "${args[@]}"
