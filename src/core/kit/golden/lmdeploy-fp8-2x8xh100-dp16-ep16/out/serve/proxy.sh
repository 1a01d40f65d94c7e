#!/usr/bin/env bash
# Starts the proxy in front of the ranks: DeepSeek-V3-0324, FP8, LMDeploy 0.16.0, 2 nodes of 8 x H100, TP 16, DP attention 16, EP 16
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
args=(
  --server-name 0.0.0.0  # the other nodes report here: a private network only, keys in front
  --server-port "${PORT}"  # from serve/env; clients, smoke.sh and bench.sh use the same
  --serving-strategy Hybrid  # every rank prefills and decodes
  --routing-strategy min_expected_latency  # the rank that should answer first
)
exec lmdeploy serve proxy "${args[@]}"
