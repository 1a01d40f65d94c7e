#!/usr/bin/env bash
# Quantizes to Q4_K_M: DeepSeek-V3-0324, Q4_K_M, ik_llama.cpp main-2026-08-15, 1 x RTX 4090
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/../serve/env"
set +a
want_gb=405  # 405 GB are written; about 7 min at an assumed 1 GB/s, more on few cores
mkdir -p "${WORK_DIR}"
free_gb=$(($(df -B1 --output=avail "${WORK_DIR}" | tail -n 1) / 1000000000))
if [ "${free_gb}" -lt "${want_gb}" ]; then
  printf 'quantize.sh needs %s GB in %s, %s are free\n' "${want_gb}" "${WORK_DIR}" "${free_gb}" >&2
  exit 1
fi
# stock mix: no tensor is overridden
# llama.cpp's own mix of this type: manifest.json names the type of every tensor.
llama-quantize "${WORK_DIR}"/model-16bit.gguf "${WORK_DIR}"/model.gguf Q4_K_M "$(nproc)"
