#!/usr/bin/env bash
# Fetches the checkpoint: DeepSeek-V3-0324, FP8, SGLang 0.5.18, 2 nodes of 8 x H100, TP 16
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/serve/env"
set +a
# usage: download.sh               fetch (again: resume), then check
#        download.sh --from DIR    copy from a folder carried in, then check
#        download.sh --check       check only
# HF_ENDPOINT=https://mirror.example takes a mirror, DOWNLOAD_DIR=... another folder.
unset HF_HUB_OFFLINE
REPOSITORY=deepseek-ai/DeepSeek-V3-0324  # published checkpoint of DeepSeek-V3-0324, 689 GB
REVISION=e9b33add76883f293d6bf61f6bd89b497e80e335  # the commit that the catalog pins: two downloads give the same files
target="${DOWNLOAD_DIR:-${MODEL_DIR}}"
fetch=(
  download "${REPOSITORY}"  # the client's command
  --revision "${REVISION}"  # the same files on every node
  --local-dir "${target}"  # plain files, and notes that let it resume
)
mkdir -p "${target}"
case "${1:-}" in
  --check) ;;
  --from)
    cp -a --update -- "${2:?usage: download.sh --from DIR}/." "${target}/"
    ;;
  '')
    if command -v hf > /dev/null; then
      hf "${fetch[@]}"
    elif command -v huggingface-cli > /dev/null; then
      huggingface-cli "${fetch[@]}"
    else
      printf 'install the client first: pip install huggingface_hub\n' >&2
      exit 1
    fi
    ;;
  *)
    printf 'usage: download.sh [--from DIR | --check]\n' >&2
    exit 2
    ;;
esac
cd "${target}"
if [ ! -s SHA256SUMS ]; then
  for file in *.safetensors; do
    note=".cache/huggingface/download/${file}.metadata"
    if [ ! -f "${note}" ]; then continue; fi
    { read -r commit; read -r sum; } < "${note}"
    if [ "${#sum}" = 64 ]; then printf '%s  %s\n' "${sum}" "${file}" >> SHA256SUMS; fi
    printf '%s\n' "${commit}" > REVISION
  done
fi
if [ ! -s SHA256SUMS ]; then
  printf 'no SHA256SUMS in %s: nothing to check against\n' "${target}" >&2
  exit 1
fi
sha256sum --check --quiet SHA256SUMS
count=$(wc -l < SHA256SUMS)
printf 'checked: %s files of %s at %s\n' "${count}" "${REPOSITORY}" "$(cat REVISION 2> /dev/null || echo "${REVISION}")"
