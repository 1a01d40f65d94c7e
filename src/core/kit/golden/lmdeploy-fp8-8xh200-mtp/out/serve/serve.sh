#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, FP8, LMDeploy 0.16.0, 8 x H200, TP 8
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
  --backend pytorch  # the engine that runs this family; the other one does not
  --model-name deepseek-v3-0324  # the name that clients send
  --trust-remote-code  # the checkpoint ships its own config class
  --tp 8  # plan: TP 8, 16 of 128 heads a rank
  --cache-max-entry-count 0.92  # the engine's default, pinned: of the memory that the weights leave: 41.6 GiB of cache beside 79.7 GiB of weights a rank
  --cache-block-seq-len 64  # the engine's default, pinned: tokens a block of cache
  --session-len 8192  # 1,024 in + 1,024 out = 2,048, with room; the model itself goes to 163,840
  --max-batch-size 64  # plan: 64 users
  --max-prefill-token-num 8192  # the engine's default, pinned: with it the first token comes after 421 ms, SLO 2,000 ms
  --enable-prefix-caching  # plan: 50 % of the prompt is found in the cache
  --speculative-algorithm deepseek_mtp  # plan: the checkpoint's own MTP layer drafts
  --speculative-num-draft-tokens 3  # plan: 3 draft tokens a step
  --server-name "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --server-port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
)
exec lmdeploy serve api_server "${args[@]}"
