#!/usr/bin/env bash
# Starts the router in front of both pools: DeepSeek-V3-0324, FP8, vLLM 0.23.0, 2 nodes of 8 x H200, 1 x 8 for prefill and 1 x 8 for decode, TP 8
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
: "${PREFILL_URLS:?set PREFILL_URLS in serve/env}"
: "${DECODE_URLS:?set DECODE_URLS in serve/env}"

args=(
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
)
for url in ${PREFILL_URLS//,/ }; do args+=(--prefill "${url}"); done
for url in ${DECODE_URLS//,/ }; do args+=(--decode "${url}"); done
exec python3 "${here}/proxy.py" "${args[@]}"
