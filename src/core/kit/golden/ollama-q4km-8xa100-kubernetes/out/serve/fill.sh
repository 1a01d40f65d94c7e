#!/usr/bin/env bash
# Carries the weights of this machine into the claim: DeepSeek-V3-0324, Q4_K_M, Ollama 0.32.15, 8 x A100, PP 8
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
job=deepseek-v3-0324-gguf-q4-k-m-ollama-weights
pod=$(kubectl get pods --selector "job-name=${job}" --field-selector status.phase=Running --output name | head -n 1)
: "${pod:?the Job does not run: kubectl apply -k serve/kubernetes/weights}"
cd "${MODEL_DIR}"
if [ ! -s SHA256SUMS ]; then sha256sum -- *.gguf > SHA256SUMS; fi
# carry FILE: whole or not at all; what is there in full size is left out
carry() {
  local want have
  want=$(stat -c %s -- "$1")
  have=$(kubectl exec "${pod}" -- stat -c %s "/model/$1" 2> /dev/null) || have=0
  if [ "${have}" = "${want}" ]; then return; fi
  printf '%s: %s bytes\n' "$1" "${want}"
  # shellcheck disable=SC2016 # expanded in the pod
  kubectl exec -i "${pod}" -- bash -c 'cat > "$1.part" && mv -- "$1.part" "$1"' fill "/model/$1" < "$1"
}
mapfile -t files < <(find . -maxdepth 1 -type f -not -name SHA256SUMS -printf '%P\n' | sort)
for file in "${files[@]}"; do carry "${file}"; done
carry SHA256SUMS
kubectl wait --for=condition=complete --timeout=6h "job/${job}"
