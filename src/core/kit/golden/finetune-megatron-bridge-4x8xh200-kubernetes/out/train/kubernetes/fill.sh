#!/usr/bin/env bash
# fill.sh: carries data/*.jsonl of the kit into the claim.
set -euo pipefail
name=finetune-deepseek-v3-lora-megatro-730b50  # as the kit's objects are called
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
job="${name}-data"
kubectl patch "job/${job}" --type merge --patch '{"spec":{"suspend":false}}'
until pod=$(kubectl get pods --selector "job-name=${job}" --field-selector status.phase=Running --output name | grep -m1 .); do sleep 5; done
for file in validation training; do
  source="${here}/data/${file}.jsonl"
  if [ ! -s "${source}" ]; then continue; fi
  # shellcheck disable=SC2016 # expanded in the pod
  kubectl exec -i "${pod}" -- bash -c 'cat > "$1.part" && mv -- "$1.part" "$1"' fill "/work/data/${file}.jsonl" < "${source}"
  printf '%s\n' "${source}"
done
kubectl wait --for=condition=complete --timeout=10m "job/${job}"
