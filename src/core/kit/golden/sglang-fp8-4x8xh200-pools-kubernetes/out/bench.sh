#!/usr/bin/env bash
# Runs the engine's own benchmark at the plan's workload: DeepSeek-V3-0324, FP8, SGLang 0.5.18, 4 nodes of 8 x H200, 2 x 8 for prefill and 1 x 16 for decode, TP 8
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/serve/env"
set +a
# shellcheck disable=SC2034 # not every client takes all of these
BENCH_HOST=${BENCH_HOST:-127.0.0.1}
RESULT_DIR=${RESULT_DIR:-${PWD}}
RESULT_NAME=fathom-bench.json
RESULT="${RESULT_DIR}/${RESULT_NAME}"
rm -f -- "${RESULT}"
args=(
  --backend sglang  # the engine's own protocol
  --host "${BENCH_HOST}"  # where the server listens
  --port "${PORT}"  # from serve/env
  --model "${MODEL_DIR}"  # the same weights folder
  --tokenizer "${MODEL_DIR}"  # tokens are counted with the model's own tokenizer
  --dataset-name random-ids  # random token ids: no dataset to fetch, no prefix hits
  --random-input-len 1024  # plan: 1,024 tokens in
  --random-output-len 1024  # plan: 1,024 tokens out
  --random-range-ratio 1.0  # every request has exactly these lengths
  --num-prompts 320  # 320 requests: at least five rounds
  --seed 1  # the same prompts every time
  --max-concurrency 64  # plan: 64 users
  --output-file "${RESULT}"  # read by compare.py
)
python3 -m sglang.bench_serving "${args[@]}"
python3 "${here}/compare.py" "${here}/kit.json" sglang "${RESULT}" "${RESULT_DIR}/fathom-records.jsonl"
