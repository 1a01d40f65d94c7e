#!/usr/bin/env bash
# Checks the cluster against the plan, by kubectl alone
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${here}"
failed=0
pass() { printf 'PASS  %s\n' "$*"; }
warn() { printf 'WARN  %s\n' "$*"; }
miss() { printf 'FAIL  %s\n' "$*"; failed=$((failed + 1)); }
# at_least HAVE WANT LABEL: numbers without decimals
at_least() {
  if [ "$1" -ge "$2" ]; then pass "$3: $1, wanted $2"; else miss "$3: $1, wanted $2"; fi
}
want_mib=61230  # the fullest rank takes 59.8 GiB
path='{range .items[*]}{.status.allocatable.nvidia\.com/gpu}{"\n"}{end}'
if ! kubectl version > /dev/null 2>&1; then
  miss 'kubectl reaches no cluster'
  exit 1
fi
pass 'kubectl reaches a cluster'
nodes=0
while read -r have; do
  if [ "${have:-0}" -ge 8 ]; then nodes=$((nodes + 1)); fi
done < <(kubectl get nodes --output "jsonpath=${path}")
at_least "${nodes}" 4 'nodes with 8 x nvidia.com/gpu'
warn "the API does not tell the accelerators' memory: ${want_mib} MiB each"
classes=$(kubectl get storageclass --output name | wc -l)
if [ "${classes}" -ge 1 ]; then pass "${classes} storage classes"; else warn 'no storage class: name a volume in train/kubernetes/claim.yaml'; fi
if grep -q 'newTag: "unset"' train/kubernetes/kustomization.yaml; then miss 'no image named in train/kubernetes/kustomization.yaml'; fi
if [ -s data/training.jsonl ]; then pass 'data/training.jsonl is there'; else miss 'data/training.jsonl is missing'; fi
printf '%s\n' '7 Jobs: data, download, cast, import, train, gather, export'
if [ "${failed}" -gt 0 ]; then
  printf '\n%d check(s) failed: the plan does not hold on this cluster as it is.\n' "${failed}"
  exit 1
fi
printf '\nEvery check passed.\n'
