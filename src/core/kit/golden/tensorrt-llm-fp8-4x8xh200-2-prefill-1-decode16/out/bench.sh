#!/usr/bin/env bash
# Runs the engine's own benchmark at the plan's workload: DeepSeek-V3-0324, FP8, TensorRT-LLM 1.3.0rc20, 4 nodes of 8 x H200, 2 x 8 for prefill and 1 x 16 for decode, TP 8
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
  --backend openai  # the completions protocol
  --host "${BENCH_HOST}"  # where the server listens
  --port "${PORT}"  # from serve/env
  --model deepseek-v3-0324  # the name that the server answers to
  --tokenizer "${MODEL_DIR}"  # tokens are counted with the model's own tokenizer
  --trust-remote-code  # the checkpoint ships its own config class
  --dataset-name random  # random tokens, no prefix hits
  --random-ids  # random token ids: no dataset to fetch
  --tokenize-on-client  # the server reads exactly this many tokens
  --random-input-len 1024  # plan: 1,024 tokens in
  --random-output-len 1024  # plan: 1,024 tokens out
  --random-range-ratio 0.0  # no spread: every request has exactly these lengths
  --num-prompts 320  # 320 requests: at least five rounds
  --seed 1  # the same prompts every time
  --ignore-eos  # the whole output length is generated
  --max-concurrency 64  # plan: 64 users
  --save-result  # read by compare.py
  --result-dir "${RESULT_DIR}"  # beside the kit
  --result-filename "${RESULT_NAME}"  # read by compare.py
)
python3 -m tensorrt_llm.serve.scripts.benchmark_serving "${args[@]}"
python3 "${here}/compare.py" "${here}/kit.json" vllm "${RESULT}" "${RESULT_DIR}/fathom-records.jsonl"
