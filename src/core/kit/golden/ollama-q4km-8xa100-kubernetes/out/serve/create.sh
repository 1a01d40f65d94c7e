#!/usr/bin/env bash
# Makes the model in the running server and loads it: DeepSeek-V3-0324, Q4_K_M, Ollama 0.32.15, 8 x A100, PP 8
set -euo pipefail
server=deployment/deepseek-v3-0324-gguf-q4-k-m-ollama
# 405 GB of weights at an assumed 2 GB/s (1 to 5) from local NVMe, and the engine's own start
kubectl rollout status "${server}" --timeout=1200s
words=(
  cp /kit/Modelfile /model/Modelfile  # beside the weights: FROM is read from the Modelfile's own folder
)
kubectl exec "${server}" --container server -- "${words[@]}"
words=(
  ollama create deepseek-v3-0324 -f /model/Modelfile  # the name that clients send
)
kubectl exec "${server}" --container server -- "${words[@]}"
words=(
  ollama run deepseek-v3-0324 Hello  # loads it, which takes minutes
)
kubectl exec "${server}" --container server -- "${words[@]}"
printf 'done after %s s\n' "${SECONDS}"
