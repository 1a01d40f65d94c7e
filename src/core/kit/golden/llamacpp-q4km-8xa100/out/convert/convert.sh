#!/usr/bin/env bash
# FP8 checkpoint to 16-bit GGUF: DeepSeek-V3-0324, Q4_K_M, llama.cpp 0.5.0, 8 x A100, PP 8
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/../serve/env"
set +a
want_gb=1  # 1 GB are written; about 11 min at an assumed 1 GB/s
mkdir -p "${WORK_DIR}"
free_gb=$(($(df -B1 --output=avail "${WORK_DIR}" | tail -n 1) / 1000000000))
if [ "${free_gb}" -lt "${want_gb}" ]; then
  printf 'convert.sh needs %s GB in %s, %s are free\n' "${want_gb}" "${WORK_DIR}" "${free_gb}" >&2
  exit 1
fi
args=(
  --outtype bf16  # FP8 blocks are multiplied out with their scales; quantization starts from this
  --outfile "${WORK_DIR}"/model-16bit.gguf  # beside the checkpoint
)
python3 "${LLAMA_CPP_DIR}"/convert_hf_to_gguf.py "${args[@]}" "${SOURCE_DIR}"
