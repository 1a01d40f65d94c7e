#!/usr/bin/env bash
# Outside: everything that the machines inside need, on one disk: DeepSeek-V3-0324, FP8, SGLang 0.5.18, 4 nodes of 8 x H200, 2 x 8 for prefill and 1 x 16 for decode, TP 8
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
DOWNLOAD_DIR="${out}/weights" "${here}/../download.sh"  # 689 GB; again: resume
IMAGE=lmsysorg/sglang:v0.5.18  # SGLang 0.5.18, pinned
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
