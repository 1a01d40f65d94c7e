#!/usr/bin/env bash
# Inside: checks what was carried in and puts it in place: DeepSeek-V3-0324, MLX 8-bit, MLX LM 0.31.3, 2 nodes of 1 x M3 Ultra 512GB, PP 2
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Apple's own tools lack options that these scripts use: brew install coreutils
PATH="/opt/homebrew/opt/coreutils/libexec/gnubin:${PATH}"
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
python3 -m pip install --no-index --find-links "${from}/wheels" mlx-lm==0.31.3
