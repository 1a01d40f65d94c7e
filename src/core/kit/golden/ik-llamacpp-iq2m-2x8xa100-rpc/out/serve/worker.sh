#!/usr/bin/env bash
# Lends this node's accelerators to llama-server on the first node: DeepSeek-V3-0324, IQ2_M, ik_llama.cpp main-2026-08-15, 2 nodes of 8 x A100, PP 16
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a

args=(
  --host 0.0.0.0  # the first node reaches it over the network; it asks for no key: a private network only
  --port 50052  # as in WORKER_ADDRS
  --cache  # weights sent once are kept on this node's disk
)
exec rpc-server "${args[@]}"
