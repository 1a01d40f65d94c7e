#!/usr/bin/env bash
# Starts the router in front of both pools: DeepSeek-V3-0324, FP8, SGLang 0.5.18, 4 nodes of 8 x H200, 2 x 8 for prefill and 1 x 16 for decode, TP 8
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
: "${PREFILL_URLS:?set PREFILL_URLS in serve/env}"
: "${DECODE_URLS:?set DECODE_URLS in serve/env}"

args=(
  --pd-disaggregation  # plan: prompts and answers are computed by different servers
  --policy round_robin  # plan: every instance of a pool gets the same share
  --worker-startup-timeout-secs 1740  # 689 GB of weights at an assumed 2 GB/s (1 to 5) from local NVMe, and the engine's own start
  --host "${HOST}"  # from serve/env; put a proxy with keys in front before opening it
  --port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
)
count=0
for url in ${PREFILL_URLS//,/ }; do
  args+=(--prefill "${url}" "$((8998 + count % 1))")
  count=$((count + 1))
done
for url in ${DECODE_URLS//,/ }; do args+=(--decode "${url}"); done
exec python3 -m sglang_router.launch_router "${args[@]}"
