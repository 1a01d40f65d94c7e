#!/usr/bin/env bash
# Runs the engine's own benchmark at the plan's workload: DeepSeek-V3-0324, Q4_K_M, llama.cpp 0.5.0, 8 x A100, PP 8
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
  --cache-type-k q8_0  # plan: q8_0 cache
  --cache-type-v q8_0  # the same as K: this architecture takes no other
  --ubatch-size 2048  # plan: tokens computed at once
  --gpu-layers all  # plan: 61 layers and the output on 8 accelerators, 47.0 GiB on the first
  --split-mode layer  # whole layers a device: the only split of this architecture
  --fit off  # the placement is the plan's; nothing is moved to make it fit
  --ctx-size 16384  # 8 x (1,024 in + 1,024 out)
  -npp 1024  # plan: 1,024 tokens in
  -ntg 1024  # plan: 1,024 tokens out
  -npl 8  # plan: 8 users
  -npl 8  # the same again: the program may lose its last line as it ends
  --output-format jsonl  # read by compare.py
)
llama-batched-bench "${args[@]}" > "${RESULT}"
python3 "${here}/compare.py" "${here}/kit.json" llama-batched-bench "${RESULT}" "${RESULT_DIR}/fathom-records.jsonl"
