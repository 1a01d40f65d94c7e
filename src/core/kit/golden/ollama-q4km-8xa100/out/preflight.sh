#!/usr/bin/env bash
# Checks this machine against the plan: DeepSeek-V3-0324, Q4_K_M, Ollama 0.32.15, 8 x A100, PP 8
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/serve/env"
set +a
failed=0
pass() { printf 'PASS  %s\n' "$*"; }
warn() { printf 'WARN  %s\n' "$*"; }
miss() { printf 'FAIL  %s\n' "$*"; failed=$((failed + 1)); }
# at_least HAVE WANT LABEL: numbers without decimals
at_least() {
  if [ "$1" -ge "$2" ]; then pass "$3: $1, wanted $2"; else miss "$3: $1, wanted $2"; fi
}

want_count=8
want_name=A100
want_mib=52532  # the fullest rank takes 51.3 GiB
if command -v nvidia-smi > /dev/null; then
  count=0
  while IFS=, read -r name total used driver; do
    count=$((count + 1))
    total=${total//[!0-9]/}
    used=${used//[!0-9]/}
    version=${driver// /}
    case "${name}" in *"${want_name}"*) ;; *) miss "accelerator ${count} is ${name}, the plan has ${want_name}" ;; esac
    if [ "${total}" -lt "${want_mib}" ]; then miss "accelerator ${count} has ${total} MiB, the plan takes ${want_mib}"; fi
    if [ "${used}" -gt 1024 ]; then miss "accelerator ${count} is in use: ${used} MiB"; fi
  done < <(nvidia-smi --query-gpu=name,memory.total,memory.used,driver_version --format=csv,noheader,nounits)
  at_least "${count}" "${want_count}" 'accelerators'
  version=${version:-0}
  major=${version%%.*}
  if [ "${major}" -ge 575 ]; then pass "driver ${version}"; else warn "driver ${version}: the images' CUDA 12.9 wants 575 or newer"; fi
else
  miss 'nvidia-smi not found'
fi

want_disk_gb=1498  # 689 GB checkpoint + 1 GB 16-bit GGUF + 405 GB result, twice: the file and the engine's own copy
folder="${MODEL_DIR}"
while [ ! -d "${folder}" ]; do folder=$(dirname "${folder}"); done
free=$(df -B1 --output=avail "${folder}" | tail -n 1)
have=$(du -sB1 "${MODEL_DIR}" 2> /dev/null | cut -f 1) || have=0
at_least "$(((${free// /} + ${have:-0}) / 1000000000))" "${want_disk_gb}" "GB free or already filled for ${MODEL_DIR}"
while read -r key value _; do
  if [ "${key}" = MemTotal: ]; then memory_gib=$((value / 1048576)); fi
done < /proc/meminfo
# 405 GB of weights stay in the page cache where there is room
if [ "${memory_gib}" -ge 377 ]; then pass "${memory_gib} GiB of host memory"; else warn "${memory_gib} GiB of host memory: less than the weights, so every restart reads them from disk again"; fi
nodes=0
for node in /sys/devices/system/node/node[0-9]*; do if [ -d "${node}" ]; then nodes=$((nodes + 1)); fi; done
pass "${nodes} NUMA nodes"
if [ "$(cat /proc/sys/kernel/numa_balancing 2> /dev/null || echo 0)" = 0 ]; then
  pass 'automatic NUMA balancing is off'
else
  warn 'automatic NUMA balancing is on: it moves pages away from the threads that read them'
fi
files=$(ulimit -Hn)
at_least "${files/unlimited/1048576}" 65536 'open files allowed (ulimit -Hn)'
# 4 GiB a rank for the ranks of this node (assumed)
at_least "$(($(df -B1 --output=size /dev/shm | tail -n 1) / 1073741824))" 32 'GiB of /dev/shm'
if [ "$(ulimit -l)" = unlimited ]; then pass 'locked memory unlimited'; else warn "locked memory limited to $(ulimit -l) kB: raise it (ulimit -l), or use the unit"; fi
# free_port PORT WHAT
free_port() {
  if (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; then miss "port $1 ($2) is taken"; else pass "port $1 ($2) is free"; fi
}
free_port "${PORT}" 'HTTP'  # on the first node

if [ "${failed}" -gt 0 ]; then
  printf '\n%d check(s) failed: the plan does not hold on this machine as it is.\n' "${failed}"
  exit 1
fi
printf '\nEvery check passed.\n'
