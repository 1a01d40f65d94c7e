#!/usr/bin/env bash
# Inside: checks what was carried in and puts it in place: DeepSeek-V3-0324, Q4_K_M, Ollama 0.32.15, 8 x A100, PP 8
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/../serve/env"
set +a
from=$(cd "${1:?usage: unpack.sh DIR: the disk that travelled}" && pwd)
(cd "${from}" && sha256sum --check --quiet CARRIED.sha256)
printf 'CARRIED.sha256 holds: compare its own sum with the one from outside:\n'
sha256sum "${from}/CARRIED.sha256"
mkdir -p "${MODEL_DIR}"
cp -a --update -- "${from}/weights/." "${MODEL_DIR}/"
(cd "${MODEL_DIR}" && sha256sum --check --quiet SHA256SUMS)
if tool=$(command -v docker || command -v podman); then
  "${tool}" load --input "${from}/image.tar"
else
  printf 'load or push %s with what your machines run containers by\n' "${from}/image.tar"
fi
