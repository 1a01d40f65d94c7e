#!/usr/bin/env bash
# Checks the cluster against the plan: DeepSeek-V3-0324, FP8, LMDeploy 0.16.0, 2 nodes of 8 x H100, TP 16, DP attention 16, EP 16
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/serve/env"
set +a
cd "${here}"
failed=0
pass() { printf 'PASS  %s\n' "$*"; }
warn() { printf 'WARN  %s\n' "$*"; }
miss() { printf 'FAIL  %s\n' "$*"; failed=$((failed + 1)); }
# at_least HAVE WANT LABEL: numbers without decimals
at_least() {
  if [ "$1" -ge "$2" ]; then pass "$3: $1, wanted $2"; else miss "$3: $1, wanted $2"; fi
}

if ! kubectl version > /dev/null 2>&1; then
  miss 'kubectl reaches no cluster'
  exit 1
fi
pass 'kubectl reaches a cluster'
if kubectl get customresourcedefinition leaderworkersets.leaderworkerset.x-k8s.io > /dev/null 2>&1; then
  pass 'LeaderWorkerSet is installed'
else
  miss 'LeaderWorkerSet is not installed: https://lws.sigs.k8s.io'
fi
path='{range .items[*]}{.status.allocatable.nvidia\.com/gpu}{"\n"}{end}'
nodes=0
while read -r have; do
  if [ "${have:-0}" -ge 8 ]; then nodes=$((nodes + 1)); fi
done < <(kubectl get nodes --output "jsonpath=${path}")
at_least "${nodes}" 2 'nodes with 8 x nvidia.com/gpu'
classes=$(kubectl get storageclass --output name | wc -l)
if [ "${classes}" -ge 1 ]; then pass "${classes} storage classes"; else warn 'no storage class: name a volume in serve/kubernetes/weights/claim.yaml'; fi
if grep -q 'newTag: "unset"' serve/kubernetes/server/kustomization.yaml; then miss 'no image named in serve/kubernetes/server/kustomization.yaml'; fi
if (exec 3<> "/dev/tcp/127.0.0.1/${PORT}") 2> /dev/null; then warn "port ${PORT} of this machine is taken: nothing can be forwarded to it"; fi
if [ "${failed}" -gt 0 ]; then
  printf '\n%d check(s) failed: the plan does not hold on this cluster as it is.\n' "${failed}"
  exit 1
fi
printf '\nEvery check passed.\n'
