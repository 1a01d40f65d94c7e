#!/usr/bin/env bash
# Lends this node's accelerators to the first one through Ray: DeepSeek-V3-0324, FP8, vLLM 0.23.0, 2 nodes of 8 x H100, TP 8, PP 2
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
: "${HEAD_ADDR:?set HEAD_ADDR in serve/env to the address of the first node}"

ray_args=(
  --address "${HEAD_ADDR}":6379  # the first node, where head.sh runs
  --block  # the node leaves when this script ends
  --num-gpus 8  # plan: 8 accelerators a node
  --disable-usage-stats  # nothing is sent anywhere
)
exec ray start "${ray_args[@]}"
