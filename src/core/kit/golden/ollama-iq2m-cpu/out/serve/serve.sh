#!/usr/bin/env bash
# Starts the server: DeepSeek-V3-0324, IQ2_M, Ollama 0.32.15, CPU only
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
# one socket a client and one file a weight shard
ulimit -n "$(ulimit -Hn)"

export OLLAMA_HOST="${HOST}":"${PORT}"  # HOST and PORT of serve/env, in the one variable that the server reads
args=(
)
exec ollama serve "${args[@]}"
