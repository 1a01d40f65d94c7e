#!/usr/bin/env bash
# Makes the model in the running server and loads it: DeepSeek-V3-0324, IQ2_M, Ollama 0.32.15, CPU only
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -a
# shellcheck source=/dev/null
. "${here}/env"
set +a
export OLLAMA_HOST="127.0.0.1:${PORT}"
base="http://${OLLAMA_HOST}"
SECONDS=0
until curl -fsS -o /dev/null "${base}/api/version" 2> /dev/null; do
  if [ "${SECONDS}" -gt 60 ]; then
    printf 'no server at %s: start it first\n' "${base}" >&2
    exit 1
  fi
  sleep 1
done
folder="${MODEL_DIR}"
cp -- "${here}/Modelfile" "${folder}/Modelfile"
args=(
  deepseek-v3-0324  # the name that clients send
  -f "${MODEL_DIR}"/Modelfile  # beside the weights: FROM is read from the Modelfile's own folder
)
ollama create "${args[@]}"
question='{"model":"deepseek-v3-0324","keep_alive":-1}'
limit=1200  # 405 GB of weights at an assumed 2 GB/s (1 to 5) from local NVMe, and the engine's own start
curl -fsS --max-time "${limit}" -d "${question}" "${base}/api/generate" > /dev/null
printf 'loaded after %s s\n' "${SECONDS}"
