#!/usr/bin/env bash
# Runs the engine's own benchmark at the plan's workload: DeepSeek-V3-0324, MLX 4-bit, MLX LM 0.31.3, 1 x M3 Ultra 512GB
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Apple's own tools lack options that these scripts use: brew install coreutils
PATH="/opt/homebrew/opt/coreutils/libexec/gnubin:${PATH}"
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
  --model "${MODEL_DIR}"  # the same files
  --prompt-tokens 2048  # plan: 2,048 tokens in
  --generation-tokens 512  # plan: 512 tokens out
  --batch-size 1  # plan: 1 user
  --num-trials 3  # the mean of three is read by compare.py
)
mlx_lm.benchmark "${args[@]}" 2>&1 | tee "${RESULT}"
python3 "${here}/compare.py" "${here}/kit.json" mlx "${RESULT}" "${RESULT_DIR}/fathom-records.jsonl"
