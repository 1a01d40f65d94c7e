#!/usr/bin/env bash
# Importance matrix: DeepSeek-V3-0324, IQ2_M, Ollama 0.32.15, CPU only
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/../serve/env"
set +a
# usage: imatrix.sh TEXT: a file of plain text like what the model will be asked
text=${1:?usage: imatrix.sh TEXT}
args=(
  --model "${WORK_DIR}"/model-16bit.gguf  # 1 GB: what does not fit in memory is read again for every chunk
  --file "${text}"  # your text: the matrix is as good as it is like your requests
  --output-file "${WORK_DIR}"/imatrix.gguf  # read by quantize.sh
  --chunks 200  # enough that every expert is met
  --load-mode mmap  # the file is larger than most machines' memory
)
llama-imatrix "${args[@]}"
