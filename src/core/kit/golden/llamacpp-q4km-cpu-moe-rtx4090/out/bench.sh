#!/usr/bin/env bash
# Runs the engine's own benchmark at the plan's workload: DeepSeek-V3-0324, Q4_K_M, llama.cpp 0.5.0, 1 x RTX 4090
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/serve/env"
set +a
# The client loads the weights itself: stop the server first.
# shellcheck disable=SC2034 # not every client takes all of these
BENCH_HOST=${BENCH_HOST:-127.0.0.1}
RESULT_DIR=${RESULT_DIR:-${PWD}}
RESULT_NAME=fathom-bench.json
RESULT="${RESULT_DIR}/${RESULT_NAME}"
rm -f -- "${RESULT}"
args=(
  --model "${MODEL_DIR}"/DeepSeek-V3-0324-Q4_K_M-00001-of-00002.gguf  # the same files
  --flash-attn on  # the compute buffer stays small and the cache may be quantized
  --gpu-layers all  # plan: 61 layers and the output on 1 accelerator, 9.3 GiB on the first
  --cpu-moe  # plan: experts on the host; 367.4 GiB of weights stay in host memory
  --fit off  # the placement is the plan's; nothing is moved to make it fit
  --load-mode none  # weights are read into memory once: mapped, the page cache would hold a second copy beside repacked ones
  --threads 64  # plan: 64 threads
  --numa distribute  # plan: threads and pages spread over all sockets
  --no-op-offload  # plan: host experts are computed by the CPU for large batches too
  --ctx-size 2560  # 1 x (2,048 in + 512 out)
  -npp 2048  # plan: 2,048 tokens in
  -ntg 512  # plan: 512 tokens out
  -npl 1  # plan: 1 user
  -npl 1  # the same again: the program may lose its last line as it ends
  --output-format jsonl  # read by compare.py
)
llama-batched-bench "${args[@]}" > "${RESULT}"
python3 "${here}/compare.py" "${here}/kit.json" llama-batched-bench "${RESULT}" "${RESULT_DIR}/fathom-records.jsonl"
