#!/usr/bin/env bash
# Fetches the checkpoint as published. Start it again to go on.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "${here}"
download=(
  download deepseek-ai/DeepSeek-V3-0324  # the published checkpoint
  --revision e9b33add76883f293d6bf61f6bd89b497e80e335  # the revision that the catalog pins
  --local-dir weights/fp8  # a link will do: weights may lie elsewhere
)
hf "${download[@]}"
