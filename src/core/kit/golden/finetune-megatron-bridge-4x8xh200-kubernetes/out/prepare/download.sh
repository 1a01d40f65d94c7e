#!/usr/bin/env bash
# Fetches the checkpoint as published. Start it again to go on.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "${here}"
download=(
  download deepseek-ai/DeepSeek-V3  # the published checkpoint
  --revision e815299b0bcbac849fa540c768ef21845365c9eb  # the revision that the catalog pins
  --local-dir weights/fp8  # a link will do: weights may lie elsewhere
)
hf "${download[@]}"
