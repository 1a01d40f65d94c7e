#!/usr/bin/env bash
# Compares the converted files with the plan: DeepSeek-V3-0324, MLX 4-bit, MLX LM 0.31.3, 1 x M3 Ultra 512GB
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Apple's own tools lack options that these scripts use: brew install coreutils
PATH="/opt/homebrew/opt/coreutils/libexec/gnubin:${PATH}"
set -a
# shellcheck source=/dev/null
. "${here}/../serve/env"
set +a
want_bytes=377568000000  # 378 GB: every tensor with its scales and biases
export want_bytes want_bits=4 want_group=64 tolerance=2
python3 - "${MODEL_DIR}" << 'EOF'
import json, os, sys
folder = sys.argv[1]
want = {name: int(os.environ["want_" + name]) for name in ("bytes", "bits", "group")}
with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
    made = json.load(file).get("quantization") or {}
with open(os.path.join(folder, "model.safetensors.index.json"), encoding="utf-8") as file:
    index = json.load(file)
size = index["metadata"]["total_size"]
files = sorted(set(index["weight_map"].values()))
missing = [name for name in files if not os.path.isfile(os.path.join(folder, name))]
checks = [
    (f"{made.get('bits')} bits, the plan has {want['bits']}", made.get("bits") == want["bits"]),
    (f"groups of {made.get('group_size')}, the plan has {want['group']}", made.get("group_size") == want["group"]),
    (f"{size} bytes, the plan has {want['bytes']}", abs(size - want["bytes"]) * 1000 <= int(os.environ["tolerance"]) * want["bytes"]),
    (f"{len(files)} files, {len(missing)} missing", not missing),
]
for text, holds in checks:
    print("PASS" if holds else "FAIL", "", text)
sys.exit(0 if all(holds for _, holds in checks) else 1)
EOF
