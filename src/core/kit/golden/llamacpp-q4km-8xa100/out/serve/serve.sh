#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, Q4_K_M, llama.cpp 0.5.0, 8 x A100, PP 8
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
# one socket a client and one file a weight shard
ulimit -n "$(ulimit -Hn)"

args=(
  --model "${MODEL_DIR}"/DeepSeek-V3-0324-Q4_K_M-00001-of-00002.gguf  # Q4_K_M, 405 GB; the further files are found beside the first
  --alias deepseek-v3-0324  # the name that clients send
  --ctx-size 32768  # 32,768 tokens over 8 slots: 2.4 GiB of cache
  --parallel 8  # plan: 8 users
  --flash-attn on  # the compute buffer stays small and the cache may be quantized
  --cache-type-k q8_0  # plan: q8_0 cache
  --cache-type-v q8_0  # the same as K: this architecture takes no other
  --ubatch-size 2048  # plan: tokens computed at once
  --gpu-layers all  # plan: 61 layers and the output on 8 accelerators, 47.0 GiB on the first
  --split-mode layer  # whole layers a device: the only split of this architecture
  --fit off  # the placement is the plan's; nothing is moved to make it fit
  --metrics  # your monitoring reads speed and queue from /metrics
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients and smoke.sh use the same
)
exec llama-server "${args[@]}"
