#!/usr/bin/env bash
# Splits the file and moves it to the model folder: DeepSeek-V3-0324, Q4_K_M, llama.cpp 0.5.0, 1 x RTX 4090
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/../serve/env"
set +a
want_gb=405  # 405 GB are written once more
mkdir -p "${MODEL_DIR}"
free_gb=$(($(df -B1 --output=avail "${MODEL_DIR}" | tail -n 1) / 1000000000))
if [ "${free_gb}" -lt "${want_gb}" ]; then
  printf 'split.sh needs %s GB in %s, %s are free\n' "${want_gb}" "${MODEL_DIR}" "${free_gb}" >&2
  exit 1
fi
args=(
  --split  # 2 files
  --split-max-size 50G  # a size that every file system and mirror takes
)
llama-gguf-split "${args[@]}" "${WORK_DIR}"/model.gguf "${MODEL_DIR}"/DeepSeek-V3-0324-Q4_K_M
