#!/usr/bin/env bash
# Casts the FP8 checkpoint to BF16: 11 min 26 s (5 min 43 s to 22 min 52 s, assumed), 1.37 TB. Needs one GPU with FP8.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "${here}"
FP8_CAST=${FP8_CAST:?set it to inference/fp8_cast_bf16.py of github.com/deepseek-ai/DeepSeek-V3}
want_gb=1369  # the BF16 copy takes 1,369 GB, its MTP layer with it
mkdir -p weights/bf16
have_gb=$(($(du -s -B1 "$(readlink -f weights/bf16)" | cut -f 1) / 1000000000))
free_gb=$(($(df -B1 --output=avail weights/bf16 | tail -n 1) / 1000000000))
if [ "$((free_gb + have_gb))" -lt "${want_gb}" ]; then
  printf '%s GB free for the BF16 copy, %s wanted\n' "${free_gb}" "${want_gb}" >&2
  exit 1
fi
cast=(
  --input-fp8-hf-path weights/fp8  # as published
  --output-bf16-hf-path weights/bf16  # what the framework reads
)
PYTHONPATH="$(dirname "${FP8_CAST}")" python3 "${FP8_CAST}" "${cast[@]}"
python3 prepare/finish_cast.py weights/fp8 weights/bf16
