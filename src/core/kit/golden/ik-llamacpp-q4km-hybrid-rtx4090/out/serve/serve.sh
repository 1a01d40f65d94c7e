#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, Q4_K_M, ik_llama.cpp main-2026-08-15, 1 x RTX 4090
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
  --cache-type-k q8_0  # plan: q8_0 cache; with MLA 3 there is no other
  --ubatch-size 4096  # plan: tokens computed at once
  --mla-use 3  # the cache stays compressed, and prefill multiplies it out: fast at both ends
  --flash-attn on  # the compute buffer stays small
  --attention-max-batch 512  # 512 MiB at most for one piece of attention: long prompts are cut to it
  --gpu-layers 62  # plan: 61 layers and the output on 1 accelerator, 9.3 GiB on the first
  --override-tensor 'exps=CPU'  # plan: experts on the host; 367.4 GiB of weights stay in host memory
  --no-mmap  # weights are read into memory once; the page cache keeps no second copy in the way
  --threads 64  # plan: 64 threads
  --numa distribute  # plan: threads and pages spread over all sockets
  --metrics  # your monitoring reads speed and queue from /metrics
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients and smoke.sh use the same
)
exec llama-server "${args[@]}"
