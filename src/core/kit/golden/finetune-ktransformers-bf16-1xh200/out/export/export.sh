#!/usr/bin/env bash
# Merges the adapters and converts to GGUF and quantizes to Q4_K_M.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "${here}"
LLAMA_CPP=${LLAMA_CPP:?set it to a checkout of llama.cpp with its tools built}
ADAPTER=out/run
if [ ! -s "${ADAPTER}/adapter_config.json" ]; then
  printf '%s holds no adapter: has the training ended?\n' "${ADAPTER}" >&2
  exit 1
fi
MERGED=out/merged
# Adapters go into 16 bits, never into a quantized base. One shard is in memory at a time.
python3 export/merge.py weights/bf16 "${ADAPTER}" "${MERGED}"
TYPE=Q4_K_M  # the plan's type
if [ ! -s out/model-bf16.gguf ]; then
  python3 "${LLAMA_CPP}/convert_hf_to_gguf.py" "${MERGED}" --outtype bf16 --outfile out/model-bf16.gguf.part
  mv out/model-bf16.gguf.part out/model-bf16.gguf
fi
"${LLAMA_CPP}/build/bin/llama-quantize" out/model-bf16.gguf "out/model-${TYPE}.gguf" "${TYPE}"
wc -c "out/model-${TYPE}.gguf"
