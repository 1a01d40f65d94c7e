#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, Q4_K_M, KTransformers 0.7.0, 1 x RTX 4090
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
# one socket a client and one file a weight shard
ulimit -n "$(ulimit -Hn)"

args=(
  --model-path "${MODEL_DIR}"/checkpoint  # deepseek-ai/DeepSeek-V3-0324: attention, shared experts and tokenizer; keep it after the conversion
  --served-model-name deepseek-v3-0324  # the name that clients send
  --trust-remote-code  # the checkpoint ships its own config class
  --tp-size 1  # plan: TP 1, 128 of 128 heads a rank
  --disable-shared-experts-fusion  # the shared expert stays on the accelerator, apart from the routed ones on the host
  --kt-weight-path "${MODEL_DIR}"  # the GGUF files: 367.4 GiB of experts stay in host memory
  --kt-method LLAMAFILE  # Q4_K_M experts, by llama.cpp's kernels
  --kt-cpuinfer 32  # plan: 32 cores compute experts; hyper-threads only get in the way
  --kt-threadpool-count 1  # plan: one socket computes, with its own memory
  --kt-numa-nodes 0  # plan: the first socket
  --kt-num-gpu-experts 4  # plan: experts of 57 of 58 layers on the host; here 4 of 256 experts of every layer stay on the accelerator, which is as many bytes
  --mem-fraction-static 0.485  # 9.3 GiB weights + 2.1 GiB cache of 23.5 GiB a rank
  --context-length 8192  # 2,048 in + 512 out = 2,560, with room; the model itself goes to 163,840
  --max-running-requests 1  # plan: 1 user
  --cuda-graph-max-bs 1  # no larger batch is ever decoded
  --chunked-prefill-size 8192  # the engine's default, pinned: with it the first token comes after 21,000 ms, SLO 2,000 ms
  --enable-metrics  # bench.sh and your monitoring read queue, cache and latency from /metrics
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
)
exec python3 -m sglang.launch_server "${args[@]}"
