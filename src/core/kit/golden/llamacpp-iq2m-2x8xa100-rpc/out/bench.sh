#!/usr/bin/env bash
# Runs the engine's own benchmark at the plan's workload: DeepSeek-V3-0324, IQ2_M, llama.cpp 0.5.0, 2 nodes of 8 x A100, PP 16
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
  --model "${MODEL_DIR}"/DeepSeek-V3-0324-IQ2_M-00001-of-00002.gguf  # the same files
  --flash-attn on  # the compute buffer stays small and the cache may be quantized
  --gpu-layers all  # plan: 61 layers and the output on 16 accelerators, 12.6 GiB on the first
  --split-mode layer  # whole layers a device: the only split of this architecture
  --n-cpu-moe 7  # plan: experts of the first 4 MoE layers on the host, counted after the 3 dense ones; 0.0 GiB of weights stay in host memory
  --fit off  # the placement is the plan's; nothing is moved to make it fit
  --load-mode none  # weights are read into memory once: mapped, the page cache would hold a second copy beside repacked ones
  --rpc "${WORKER_ADDRS}"  # the same nodes
  --ctx-size 8192  # 4 x (1,024 in + 1,024 out)
  -npp 1024  # plan: 1,024 tokens in
  -ntg 1024  # plan: 1,024 tokens out
  -npl 4  # plan: 4 users
  -npl 4  # the same again: the program may lose its last line as it ends
  --output-format jsonl  # read by compare.py
)
llama-batched-bench "${args[@]}" > "${RESULT}"
python3 "${here}/compare.py" "${here}/kit.json" llama-batched-bench "${RESULT}" "${RESULT_DIR}/fathom-records.jsonl"
