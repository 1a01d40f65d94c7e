#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, FP8, TensorRT-LLM 1.3.0rc20, 2 nodes of 8 x H200, decode, TP 16, DP attention 16, EP 16
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
# one socket a client and one file a weight shard
ulimit -n "$(ulimit -Hn)"
CONFIG_DIR="${here}"

args=(
  "${MODEL_DIR}"  # deepseek-ai/DeepSeek-V3-0324, fetched by download.sh
  --config "${CONFIG_DIR}"/trtllm.yaml  # layout, cache and scheduler stand in serve/trtllm.yaml, which wins over the command line
  --served_model_name deepseek-v3-0324  # the name that clients send
  --trust_remote_code  # the checkpoint ships its own config class
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
)
exec trtllm-llmapi-launch trtllm-serve "${args[@]}"
