#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, Q4_K_M, llama.cpp 0.5.0, 1 x RTX 4090
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
  --ctx-size 32768  # 32,768 tokens over 1 slot: 2.1 GiB of cache
  --parallel 1  # plan: 1 user
  --flash-attn on  # the compute buffer stays small and the cache may be quantized
  --gpu-layers all  # plan: 61 layers and the output on 1 accelerator, 9.3 GiB on the first
  --cpu-moe  # plan: experts on the host; 367.4 GiB of weights stay in host memory
  --fit off  # the placement is the plan's; nothing is moved to make it fit
  --load-mode none  # weights are read into memory once: mapped, the page cache would hold a second copy beside repacked ones
  --threads 64  # plan: 64 threads
  --numa distribute  # plan: threads and pages spread over all sockets
  --no-op-offload  # plan: host experts are computed by the CPU for large batches too
  --metrics  # your monitoring reads speed and queue from /metrics
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients and smoke.sh use the same
)
exec llama-server "${args[@]}"
