#!/usr/bin/env bash
# Runs the engine's own benchmark at the plan's workload: DeepSeek-V3-0324, Q4_K_M, ik_llama.cpp main-2026-08-15, 1 x RTX 4090
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
  --ctx-size 2560  # 1 x (2,048 in + 512 out)
  -npp 2048  # plan: 2,048 tokens in
  -ntg 512  # plan: 512 tokens out
  -npl 1  # plan: 1 user
)
llama-batched-bench "${args[@]}" 2>&1 | tee "${RESULT}"
python3 "${here}/compare.py" "${here}/kit.json" llama-batched-table "${RESULT}" "${RESULT_DIR}/fathom-records.jsonl"
