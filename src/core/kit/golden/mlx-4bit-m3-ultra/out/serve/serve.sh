#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, MLX 4-bit, MLX LM 0.31.3, 1 x M3 Ultra 512GB
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

args=(
  --model "${MODEL_DIR}"  # MLX 4-bit, made by convert.sh; the same path on every Mac
  --decode-concurrency 1  # plan: 1 user
  --prompt-concurrency 1  # prompts read at once: the engine's most, or all of them
  --prefill-step-size 2048  # the engine's default, pinned: with it the first token comes after 22,000 ms, SLO 2,000 ms
  --max-tokens 512  # plan: 512 tokens out where a request names no limit
  --prompt-cache-size 1  # 1 cache of earlier prompts kept, one a user
  --prompt-cache-bytes 2GB  # plan: 2.1 GiB of cache on the fullest Mac; more would be taken from the weights' room
  --trust-remote-code  # the checkpoint's tokenizer may bring its own class
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
)
exec mlx_lm.server "${args[@]}"
