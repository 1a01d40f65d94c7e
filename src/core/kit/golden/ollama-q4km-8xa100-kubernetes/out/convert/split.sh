#!/usr/bin/env bash
# Splits the file and moves it to the model folder: DeepSeek-V3-0324, Q4_K_M, Ollama 0.32.15, 8 x A100, PP 8
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/../serve/env"
set +a
mkdir -p "${MODEL_DIR}"
mv -- "${WORK_DIR}"/model.gguf "${MODEL_DIR}"/DeepSeek-V3-0324-Q4_K_M.gguf
