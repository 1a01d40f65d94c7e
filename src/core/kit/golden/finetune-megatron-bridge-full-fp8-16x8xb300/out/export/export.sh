#!/usr/bin/env bash
# The trained model: leaves a BF16 checkpoint.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "${here}"
MERGED=out/merged
printf 'the model: %s\n' "${MERGED}"
