#!/usr/bin/env bash
# Outside: everything that the machines inside need, on one disk: DeepSeek-V3-0324, FP8, vLLM 0.23.0, 2 nodes of 8 x H100, TP 8, PP 2
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
# the engine and all that it imports; run it with the Python and platform of the machines inside
python3 -m pip download --dest "${out}/wheels" 'vllm==0.23.0' ray
cd "${out}"
# Large weight files are in weights/SHA256SUMS, which is in here.
rm -f CARRIED.sha256
sums=$(find . -type f -not -name '*.safetensors' -not -name '*.gguf' -print0 | sort -z | xargs -0 sha256sum --)
printf '%s\n' "${sums}" > CARRIED.sha256
du -sh -- *
printf 'Take this sum inside by another way than the disk:\n'
sha256sum CARRIED.sha256
