#!/usr/bin/env python3
"""Makes a folder of cast weights a checkpoint: configuration without its FP8 scales, tokenizer, index checked.

finish_cast.py FP8 BF16
"""
import json
import pathlib
import shutil
import sys


def main(source, target):
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    config.pop("quantization_config", None)
    config["torch_dtype"] = "bfloat16"
    for path in source.iterdir():
        kept = path.suffix in {".json", ".py", ".model", ".txt", ".jinja"}
        if path.is_file() and kept and path.name not in {"config.json", "model.safetensors.index.json"}:
            shutil.copy2(path, target / path.name)
    index = json.loads((target / "model.safetensors.index.json").read_text(encoding="utf-8"))
    missing = sorted(name for name in set(index["weight_map"].values()) if not (target / name).is_file())
    if missing:
        raise SystemExit(f"{missing[0]} is missing, and {len(missing) - 1} more: cast again")
    scales = [name for name in index["weight_map"] if name.endswith("_scale_inv")]
    if scales:
        raise SystemExit(f"{len(scales)} FP8 scales are still in the index: the cast did not end")
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    print(f"{target} is a BF16 checkpoint of {len(index['weight_map'])} tensors")


if len(sys.argv) != 3:
    raise SystemExit(__doc__.splitlines()[2])
main(*map(pathlib.Path, sys.argv[1:]))
