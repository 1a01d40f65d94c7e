#!/usr/bin/env bash
# Compares every tensor of the files with the manifest: DeepSeek-V3-0324, IQ2_M, Ollama 0.32.15, CPU only
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/../serve/env"
set +a
python3 "${here}"/verify.py "${here}"/manifest.json "${MODEL_DIR}"/DeepSeek-V3-0324-IQ2_M.gguf
