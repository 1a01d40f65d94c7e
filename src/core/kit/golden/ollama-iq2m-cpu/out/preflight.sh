#!/usr/bin/env bash
# Checks this machine against the plan: DeepSeek-V3-0324, IQ2_M, Ollama 0.32.15, CPU only
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

want_disk_gb=1498  # 689 GB checkpoint + 1 GB 16-bit GGUF + 405 GB result, twice: the file and the engine's own copy
folder="${MODEL_DIR}"
while [ ! -d "${folder}" ]; do folder=$(dirname "${folder}"); done
free=$(df -B1 --output=avail "${folder}" | tail -n 1)
have=$(du -sB1 "${MODEL_DIR}" 2> /dev/null | cut -f 1) || have=0
at_least "$(((${free// /} + ${have:-0}) / 1000000000))" "${want_disk_gb}" "GB free or already filled for ${MODEL_DIR}"
while read -r key value _; do
  if [ "${key}" = MemTotal: ]; then memory_gib=$((value / 1048576)); fi
done < /proc/meminfo
# the host holds 208.1 GiB of the plan
at_least "${memory_gib}" 209 'GiB of host memory'
nodes=0
for node in /sys/devices/system/node/node[0-9]*; do if [ -d "${node}" ]; then nodes=$((nodes + 1)); fi; done
if [ "${nodes}" -ge 2 ]; then pass "${nodes} NUMA nodes"; else warn "${nodes} NUMA nodes, the plan has 2 sockets"; fi
files=$(ulimit -Hn)
at_least "${files/unlimited/1048576}" 65536 'open files allowed (ulimit -Hn)'
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
