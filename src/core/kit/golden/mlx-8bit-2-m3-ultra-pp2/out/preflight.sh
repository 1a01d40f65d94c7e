#!/usr/bin/env bash
# Checks this Mac against the plan: DeepSeek-V3-0324, MLX 8-bit, MLX LM 0.31.3, 2 nodes of 1 x M3 Ultra 512GB, PP 2
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Apple's own tools lack options that these scripts use: brew install coreutils
PATH="/opt/homebrew/opt/coreutils/libexec/gnubin:${PATH}"
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

want_name='M3 Ultra'  # the plan's machine
want_memory_gib=512  # installed memory of the plan's machine
want_wired_mib=343245  # 335.2 GiB of weights, cache and activations on the fullest Mac must stay in memory
want_disk_gb=1402  # where it is converted: 689 GB checkpoint + 713 GB result
chip=$(sysctl -n machdep.cpu.brand_string)
case "${chip}" in *"${want_name}"*) pass "${chip}" ;; *) miss "this is ${chip}, the plan has ${want_name}" ;; esac
at_least "$(($(sysctl -n hw.memsize) / 1073741824))" "${want_memory_gib}" 'GiB of memory'
system=$(sw_vers -productVersion)
at_least "${system%%.*}" 15 'macOS'
wired=$(sysctl -n iogpu.wired_limit_mb)
if [ "${wired}" -ge "${want_wired_mib}" ]; then
  pass "the GPU may wire ${wired} MiB"
else
  miss "the GPU may wire ${wired} MiB (0: the system's default), wanted ${want_wired_mib}: sudo sysctl iogpu.wired_limit_mb=${want_wired_mib}"
fi
folder="${MODEL_DIR}"
while [ ! -d "${folder}" ]; do folder=$(dirname "${folder}"); done
free=$(df -B1 --output=avail "${folder}" | tail -n 1)
have=$(du -sB1 "${MODEL_DIR}" 2> /dev/null | cut -f 1) || have=0
at_least "$(((${free// /} + ${have:-0}) / 1000000000))" "${want_disk_gb}" "GB free or already filled for ${MODEL_DIR}"
if command -v mlx_lm.server > /dev/null; then pass 'mlx_lm.server is on PATH'; else miss 'mlx_lm.server not found: pip install mlx-lm'; fi
# free_port PORT WHAT
free_port() {
  if (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; then miss "port $1 ($2) is taken"; else pass "port $1 ($2) is free"; fi
}
free_port "${PORT}" 'HTTP'  # on the first node
free_port 32323 'ring between the Macs'  # on every node

if [ "${failed}" -gt 0 ]; then
  printf '\n%d check(s) failed: the plan does not hold on this Mac as it is.\n' "${failed}"
  exit 1
fi
printf '\nEvery check passed.\n'
