#!/usr/bin/env bash
# Checks this node against the plan, before anything is downloaded
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
want_count=1
want_name=H200
want_mib=52153  # the fullest rank takes 50.9 GiB
want_ram_gib=1224  # the fullest host at its fullest moment
want_disk_gb=3834  # weights, their copies and checkpoints: 3,834 GB
if command -v nvidia-smi > /dev/null; then
  count=0
  while IFS=, read -r name total used; do
    count=$((count + 1))
    total=${total//[!0-9]/}
    used=${used//[!0-9]/}
    case "${name}" in *"${want_name}"*) ;; *) miss "accelerator ${count} is ${name}, the plan has ${want_name}" ;; esac
    if [ "${total}" -lt "${want_mib}" ]; then miss "accelerator ${count} has ${total} MiB, the plan takes ${want_mib}"; fi
    if [ "${used}" -gt 1024 ]; then miss "accelerator ${count} is in use: ${used} MiB"; fi
  done < <(nvidia-smi --query-gpu=name,memory.total,memory.used --format=csv,noheader,nounits)
  at_least "${count}" "${want_count}" 'accelerators'
else
  miss 'nvidia-smi not found'
fi
ram=$(($(awk '/^MemTotal:/ {print $2}' /proc/meminfo) / 1048576))
at_least "${ram}" "${want_ram_gib}" 'GiB of RAM'
have=0
for folder in weights out; do
  if [ -d "${folder}" ]; then have=$((have + $(du -sL -B1 "${folder}" | cut -f 1))); fi
done
free=$(df -B1 --output=avail . | tail -n 1)
at_least "$(((free + have) / 1000000000))" "${want_disk_gb}" 'GB free or already filled (links to other disks: count them yourself)'
for program in accelerate python3; do
  if command -v "${program}" > /dev/null; then pass "${program} is there"; else miss "${program} not found"; fi
done
if [ -s data/training.jsonl ]; then pass 'data/training.jsonl is there'; else miss 'data/training.jsonl is missing'; fi
if grep -qm1 amx_tile /proc/cpuinfo; then pass 'the processor has AMX'; else warn 'the processor has no AMX: experts on it are several times slower'; fi
if [ "${failed}" -gt 0 ]; then
  printf '\n%d check(s) failed: the plan does not hold on this machine as it is.\n' "${failed}"
  exit 1
fi
printf '\nEvery check passed.\n'
