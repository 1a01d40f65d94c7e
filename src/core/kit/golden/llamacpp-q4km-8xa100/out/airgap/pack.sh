#!/usr/bin/env bash
# Outside: everything that the machines inside need, on one disk: DeepSeek-V3-0324, Q4_K_M, llama.cpp 0.5.0, 8 x A100, PP 8
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/../serve/env"
set +a
out=${1:?usage: pack.sh DIR: the disk that travels}
mkdir -p "${out}/weights" "${out}/kit"
out=$(cd "${out}" && pwd)
cp -a -- "${here}/../." "${out}/kit/"
# Converted outside: the result is smaller than what it is made of.
cp -a --update -- "${MODEL_DIR}"/*.gguf "${out}/weights/"
(cd "${out}/weights" && sha256sum -- *.gguf > SHA256SUMS)
IMAGE=ghcr.io/ggml-org/llama.cpp:server-cuda  # llama.cpp 0.5.0, pinned
tool=$(command -v docker || command -v podman)
"${tool}" pull "${IMAGE}"
"${tool}" save --output "${out}/image.tar" "${IMAGE}"
cd "${out}"
# Large weight files are in weights/SHA256SUMS, which is in here.
rm -f CARRIED.sha256
sums=$(find . -type f -not -name '*.safetensors' -not -name '*.gguf' -print0 | sort -z | xargs -0 sha256sum --)
printf '%s\n' "${sums}" > CARRIED.sha256
du -sh -- *
printf 'Take this sum inside by another way than the disk:\n'
sha256sum CARRIED.sha256
