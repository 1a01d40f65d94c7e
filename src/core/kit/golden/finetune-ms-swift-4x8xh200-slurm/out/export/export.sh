#!/usr/bin/env bash
# The adapter as GGUF.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "${here}"
LLAMA_CPP=${LLAMA_CPP:?set it to a checkout of llama.cpp with its tools built}
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
convert=(
  --base weights/bf16  # only its configuration is read
  --outtype f16  # small beside the base in any type
  --outfile out/adapter.gguf  # llama-server --lora takes it beside the base's file
)
python3 "${LLAMA_CPP}/convert_lora_to_gguf.py" "${convert[@]}" "${ADAPTER}"
wc -c out/adapter.gguf
