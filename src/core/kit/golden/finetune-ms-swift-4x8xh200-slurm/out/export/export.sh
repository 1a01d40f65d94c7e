#!/usr/bin/env bash
# The adapter as it is served.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "${here}"
last=$(find out/run -maxdepth 1 -name 'checkpoint-*' 2> /dev/null | sort -V | tail -n 1 || true)
if [ -z "${last}" ]; then
  printf 'no checkpoint in out/run\n' >&2
  exit 1
fi
ADAPTER=${last}
if [ ! -s "${ADAPTER}/adapter_config.json" ]; then
  printf '%s holds no adapter: has the training ended?\n' "${ADAPTER}" >&2
  exit 1
fi
printf 'serve the base with the adapter %s\n' "${ADAPTER}"
