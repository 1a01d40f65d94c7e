#!/usr/bin/env bash
# Starts Ray on the first node, waits for the others, starts the server: DeepSeek-V3-0324, FP8, vLLM 0.23.0, 2 nodes of 8 x H100, TP 8, PP 2
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
: "${HEAD_ADDR:?set HEAD_ADDR in serve/env to the address of this node}"

ray_args=(
  --head  # the node that the others join
  --node-ip-address "${HEAD_ADDR}"  # the fast network's address, not the first one found
  --port 6379  # as in worker.sh
  --include-dashboard false  # one port less that anybody may open
  --num-gpus 8  # plan: 8 accelerators a node
  --disable-usage-stats  # nothing is sent anywhere
)
ray start "${ray_args[@]}"
trap 'ray stop' EXIT
RAY_ADDRESS="${HEAD_ADDR}:6379"  # the server joins this cluster, and starts none
export RAY_ADDRESS
python3 - 16 600 << 'PYTHON'
import sys
import time

import ray

want, limit = float(sys.argv[1]), float(sys.argv[2])
ray.init(logging_level="ERROR")
start = time.monotonic()
while ray.cluster_resources().get("GPU", 0.0) < want:
    if time.monotonic() - start > limit:
        sys.exit(f"{ray.cluster_resources().get('GPU', 0.0):g} of {want:g} accelerators joined in {limit:g} s")
    time.sleep(2)
PYTHON
"${here}/serve.sh"
