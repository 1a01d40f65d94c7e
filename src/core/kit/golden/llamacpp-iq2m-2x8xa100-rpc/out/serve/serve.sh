#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, IQ2_M, llama.cpp 0.5.0, 2 nodes of 8 x A100, PP 16
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
# one socket a client and one file a weight shard
ulimit -n "$(ulimit -Hn)"

: "${WORKER_ADDRS:?set WORKER_ADDRS in serve/env to host:port of every other node}"

args=(
  --model "${MODEL_DIR}"/DeepSeek-V3-0324-IQ2_M-00001-of-00002.gguf  # IQ2_M, 405 GB; the further files are found beside the first
  --alias deepseek-v3-0324  # the name that clients send
  --ctx-size 32768  # 32,768 tokens over 4 slots: 3.2 GiB of cache
  --parallel 4  # plan: 4 users
  --flash-attn on  # the compute buffer stays small and the cache may be quantized
  --gpu-layers all  # plan: 61 layers and the output on 16 accelerators, 12.6 GiB on the first
  --split-mode layer  # whole layers a device: the only split of this architecture
  --n-cpu-moe 7  # plan: experts of the first 4 MoE layers on the host, counted after the 3 dense ones; 0.0 GiB of weights stay in host memory
  --fit off  # the placement is the plan's; nothing is moved to make it fit
  --load-mode none  # weights are read into memory once: mapped, the page cache would hold a second copy beside repacked ones
  --rpc "${WORKER_ADDRS}"  # plan: layers over 2 nodes
  --metrics  # your monitoring reads speed and queue from /metrics
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients and smoke.sh use the same
)
exec llama-server "${args[@]}"
