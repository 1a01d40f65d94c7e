#!/usr/bin/env bash
# Starts the router in front of both pools: DeepSeek-V3-0324, FP8, TensorRT-LLM 1.3.0rc20, 4 nodes of 8 x H200, 2 x 8 for prefill and 1 x 16 for decode, TP 8
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
: "${PREFILL_URLS:?set PREFILL_URLS in serve/env}"
: "${DECODE_URLS:?set DECODE_URLS in serve/env}"

# servers POOL URLS: one pool of the router's file, addresses as it wants them
servers() {
  local url list
  IFS=, read -ra list <<< "$2"
  printf '%s:\n  num_instances: %d\n  router:\n    type: "round_robin"\n  urls:\n' "$1" "${#list[@]}"
  for url in "${list[@]}"; do
    url=${url#http://}
    if [[ ! ${url} =~ ^[A-Za-z0-9.-]+:[0-9]+$ ]]; then
      printf '%s is not http://HOST:PORT\n' "${url}" >&2
      return 1
    fi
    printf '    - "%s"\n' "${url}"
  done
}
ROUTER_CONFIG=$(mktemp --suffix=.yaml)
printf 'hostname: "%s"\nport: %d\n' "${HOST}" "${PORT}" > "${ROUTER_CONFIG}"
servers context_servers "${PREFILL_URLS}" >> "${ROUTER_CONFIG}"
servers generation_servers "${DECODE_URLS}" >> "${ROUTER_CONFIG}"

args=(
  --config_file "${ROUTER_CONFIG}"  # both pools' addresses, and where clients ask
  --server_start_timeout 1740  # 689 GB of weights at an assumed 2 GB/s (1 to 5) from local NVMe, and the engine's own start
  --request_timeout 3600  # seconds: the longest answer ends within an hour
)
exec trtllm-serve disaggregated "${args[@]}"
