#!/usr/bin/env bash
# Quantizes to IQ2_M: DeepSeek-V3-0324, IQ2_M, Ollama 0.32.15, CPU only
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
if [ ! -s "${WORK_DIR}/imatrix.gguf" ]; then
  printf 'run imatrix.sh first, or put an importance matrix at %s/imatrix.gguf\n' "${WORK_DIR}" >&2
  exit 1
fi
# stock mix: no tensor is overridden
# llama.cpp's own mix of this type: manifest.json names the type of every tensor.
args=(
  --imatrix "${WORK_DIR}"/imatrix.gguf  # IQ2_M with an importance matrix, as in the plan
)
llama-quantize "${args[@]}" "${WORK_DIR}"/model-16bit.gguf "${WORK_DIR}"/model.gguf IQ2_M "$(nproc)"
