#!/usr/bin/env bash
# FP8 checkpoint to MLX 8-bit: DeepSeek-V3-0324, MLX 8-bit, MLX LM 0.31.3, 2 nodes of 1 x M3 Ultra 512GB, PP 2
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Apple's own tools lack options that these scripts use: brew install coreutils
PATH="/opt/homebrew/opt/coreutils/libexec/gnubin:${PATH}"
set -a
# shellcheck source=/dev/null
. "${here}/../serve/env"
set +a
want_gb=713  # 689 GB checkpoint + 713 GB result
mkdir -p "$(dirname "${MODEL_DIR}")"
free_gb=$(($(df -B1 --output=avail "$(dirname "${MODEL_DIR}")" | tail -n 1) / 1000000000))
if [ "${free_gb}" -lt "${want_gb}" ]; then
  printf 'convert.sh needs %s GB beside %s, %s are free\n' "${want_gb}" "${MODEL_DIR}" "${free_gb}" >&2
  exit 1
fi
args=(
  --hf-path "${SOURCE_DIR}"  # FP8 blocks are multiplied out as they are read
  --mlx-path "${MODEL_DIR}"  # must not be there yet: the converter makes it
  --quantize  # plan: MLX 8-bit
  --q-bits 8  # plan: 8.5 bits a weight with its share of scale and bias
  --q-group-size 64  # inputs that share a scale and a bias of 16 bits each
  --q-mode affine  # scale and bias: the mode that the plan's bytes are of
  --dtype bfloat16  # norms and router keep the checkpoint's own type
)
exec mlx_lm.convert "${args[@]}"
