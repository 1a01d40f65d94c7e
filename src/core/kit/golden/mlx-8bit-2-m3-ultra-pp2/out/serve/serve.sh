#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, MLX 8-bit, MLX LM 0.31.3, 2 nodes of 1 x M3 Ultra 512GB, PP 2
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Apple's own tools lack options that these scripts use: brew install coreutils
PATH="/opt/homebrew/opt/coreutils/libexec/gnubin:${PATH}"
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
# one socket a client and one file a weight shard
ulimit -n "$(ulimit -Hn)"

: "${NODE_ADDRS:?set NODE_ADDRS in serve/env}"

args=(
  --model "${MODEL_DIR}"  # MLX 8-bit, made by convert.sh; the same path on every Mac
  --pipeline  # plan: 61 layers over 2 Macs; without it every layer would be cut
  --decode-concurrency 4  # plan: 4 users
  --prompt-concurrency 4  # prompts read at once: the engine's most, or all of them
  --prefill-step-size 2048  # the engine's default, pinned: with it the first token comes after 24,000 ms, SLO 2,000 ms
  --max-tokens 512  # plan: 512 tokens out where a request names no limit
  --prompt-cache-size 4  # 4 caches of earlier prompts kept, one a user
  --prompt-cache-bytes 1GB  # plan: 1.2 GiB of cache on the fullest Mac; more would be taken from the weights' room
  --trust-remote-code  # the checkpoint's tokenizer may bring its own class
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
)
launch_args=(
  --hosts "${NODE_ADDRS}"  # plan: 2 Macs, from serve/env
  --backend ring  # TCP over Thunderbolt or Ethernet: it needs addresses alone
  --starting-port 32323  # the first Mac's port, one more for each further one
  --env 'HF_HUB_OFFLINE=1'  # no Mac asks a network for the weights
)
exec mlx.launch "${launch_args[@]}" -- mlx_lm.server "${args[@]}"
