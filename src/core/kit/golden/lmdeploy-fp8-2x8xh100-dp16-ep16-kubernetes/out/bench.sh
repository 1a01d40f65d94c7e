#!/usr/bin/env bash
# Runs the engine's own benchmark at the plan's workload: DeepSeek-V3-0324, FP8, LMDeploy 0.16.0, 2 nodes of 8 x H100, TP 16, DP attention 16, EP 16
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
  --url http://"${BENCH_HOST}":"${PORT}"  # where the server listens
  --model deepseek-v3-0324  # the name that the server answers to
  --input-tokens 1024  # plan: 1,024 tokens in
  --output-tokens 1024  # plan: 1,024 tokens out
  --requests 2560  # 2,560 requests: at least five rounds
  --concurrency 512  # plan: 512 users
  --seed 1  # the same prompts every time
  --result "${RESULT}"  # read by compare.py
)
python3 "${here}"/client.py "${args[@]}"
python3 "${here}/compare.py" "${here}/kit.json" vllm "${RESULT}" "${RESULT_DIR}/fathom-records.jsonl"
