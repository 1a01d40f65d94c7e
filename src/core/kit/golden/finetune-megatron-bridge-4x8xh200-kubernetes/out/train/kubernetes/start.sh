#!/usr/bin/env bash
# start.sh STAGE: starts a suspended Job and waits for its end. A Job that failed is deleted and made again first.
set -euo pipefail
stage="${1:?which stage: download, cast, import, train, gather or export}"
name=finetune-deepseek-v3-lora-megatro-730b50  # as the kit's objects are called
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
job="job/${name}-${stage}"
if [ "$(kubectl get "${job}" --output 'jsonpath={.status.conditions[?(@.type=="Failed")].status}')" = True ]; then
  kubectl delete "${job}" --wait=true
  kubectl apply -k "${here}" --selector "app.kubernetes.io/component=${stage}"
fi
kubectl patch "${job}" --type merge --patch '{"spec":{"suspend":false}}'
kubectl wait --for=condition=complete --timeout="${LIMIT:-168h}" "${job}"
