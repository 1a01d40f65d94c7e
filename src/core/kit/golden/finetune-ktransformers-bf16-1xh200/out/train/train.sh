#!/usr/bin/env bash
# Trains. Start it again to go on from its last checkpoint; with --smoke it takes two steps and stops.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "${here}"
if [ ! -s data/training.jsonl ]; then
  printf 'data/training.jsonl is missing\n' >&2
  exit 1
fi
LLAMA_FACTORY=${LLAMA_FACTORY:?set it to a checkout of LLaMA-Factory}
cores=$(lscpu -p=CORE,SOCKET | grep -v '^#' | sort -u | wc -l)
launch=(
  --main_process_port 0  # any free one
  --config_file train/accelerate.yaml  # processes and FSDP2
  "${LLAMA_FACTORY}"/src/train.py  # the training entry
  train/train.yaml  # model, data, adapters and KTransformers
  kt_config.kt_num_threads="${cores}"  # physical cores: a second thread on one slows the products
)
if [ "${1:-}" = --smoke ]; then
  exec accelerate launch "${launch[@]}" max_steps=2 max_samples=8 output_dir=out/smoke
fi
last=$(find out/run -maxdepth 1 -name 'checkpoint-*' 2> /dev/null | sort -V | tail -n 1 || true)
if [ -n "${last}" ]; then
  printf 'going on from %s\n' "${last}"
  launch+=("resume_from_checkpoint=${last}")
fi
exec accelerate launch "${launch[@]}"
