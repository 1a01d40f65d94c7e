#!/usr/bin/env bash
# Outside: everything that the machines inside need, on one disk: DeepSeek-V3-0324, MLX 8-bit, MLX LM 0.31.3, 2 nodes of 1 x M3 Ultra 512GB, PP 2
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Apple's own tools lack options that these scripts use: brew install coreutils
PATH="/opt/homebrew/opt/coreutils/libexec/gnubin:${PATH}"
set -a
# shellcheck source=/dev/null
. "${here}/../serve/env"
set +a
out=${1:?usage: pack.sh DIR: the disk that travels}
mkdir -p "${out}/weights" "${out}/kit"
out=$(cd "${out}" && pwd)
cp -a -- "${here}/../." "${out}/kit/"
# Converted outside: the result is smaller than what it is made of.
cp -a --update -- "${MODEL_DIR}"/* "${out}/weights/"
(cd "${out}/weights" && sha256sum -- *.safetensors > SHA256SUMS)
# the engine and all that it imports; run it with the Python and platform of the machines inside
python3 -m pip download --dest "${out}/wheels" mlx-lm==0.31.3
cd "${out}"
# Large weight files are in weights/SHA256SUMS, which is in here.
rm -f CARRIED.sha256
sums=$(find . -type f -not -name '*.safetensors' -not -name '*.gguf' -print0 | sort -z | xargs -0 sha256sum --)
printf '%s\n' "${sums}" > CARRIED.sha256
du -sh -- *
printf 'Take this sum inside by another way than the disk:\n'
sha256sum CARRIED.sha256
