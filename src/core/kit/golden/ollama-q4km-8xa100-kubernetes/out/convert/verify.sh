#!/usr/bin/env bash
# Compares every tensor of the files with the manifest: DeepSeek-V3-0324, Q4_K_M, Ollama 0.32.15, 8 x A100, PP 8
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/../serve/env"
set +a
python3 "${here}"/verify.py "${here}"/manifest.json "${MODEL_DIR}"/DeepSeek-V3-0324-Q4_K_M.gguf
