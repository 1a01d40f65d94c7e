#!/usr/bin/env python3
"""Adds LoRA adapters to a BF16 checkpoint, shard by shard: W + scale * B A.

merge.py BASE ADAPTER OUT

BASE holds model.safetensors.index.json, ADAPTER adapter_config.json and adapter_model.safetensors (PEFT). Memory: one
shard and the adapters. Needs torch and safetensors, which every training environment has. Stops at an adapter that
no weight of the base takes, and at settings that it does not know: a wrong merge is worse than none.
"""
import json
import pathlib
import shutil
import sys

import torch
from safetensors import safe_open
from safetensors.torch import save_file

PREFIX = "base_model.model."


def read_adapters(folder):
    """Base weight -> (A, B), and the scale."""
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    for key in ("rank_pattern", "alpha_pattern", "modules_to_save"):
        if config.get(key):
            raise SystemExit(f"adapter_config.json: {key} is not merged by this script")
    if config.get("use_dora") or config.get("bias", "none") != "none":
        raise SystemExit("adapter_config.json: DoRA and trained biases are not merged by this script")
    rank = config["r"]
    scale = config["lora_alpha"] / (rank**0.5 if config.get("use_rslora") else rank)
    halves = {}
    with safe_open(folder / "adapter_model.safetensors", "pt") as file:
        for name in file.keys():
            for half in ("lora_A", "lora_B"):
                if name.endswith(f".{half}.weight"):
                    base = name.removeprefix(PREFIX).removesuffix(f".{half}.weight") + ".weight"
                    halves.setdefault(base, {})[half] = file.get_tensor(name)
                    break
            else:
                raise SystemExit(f"{name}: no half of a LoRA adapter")
    for base, pair in halves.items():
        if len(pair) != 2:
            raise SystemExit(f"{base}: one half of its adapter is missing")
    return {base: (pair["lora_A"], pair["lora_B"]) for base, pair in halves.items()}, scale


def merge(base, adapter, out):
    index = json.loads((base / "model.safetensors.index.json").read_text(encoding="utf-8"))
    adapters, scale = read_adapters(adapter)
    missing = sorted(set(adapters) - set(index["weight_map"]))
    if missing:
        raise SystemExit(f"the base has no {missing[0]}, and {len(missing) - 1} more")
    out.mkdir(parents=True, exist_ok=True)
    for path in base.iterdir():
        if path.is_file() and path.suffix != ".safetensors":
            shutil.copy2(path, out / path.name)
    shards = sorted(set(index["weight_map"].values()))
    for number, shard in enumerate(shards, 1):
        target = out / shard
        if target.exists():
            continue
        tensors = {}
        with safe_open(base / shard, "pt") as file:
            for name in file.keys():
                tensor = file.get_tensor(name)
                if name in adapters:
                    a, b = adapters[name]
                    if (b.shape[0], a.shape[1]) != tuple(tensor.shape):
                        raise SystemExit(f"{name}: {tuple(tensor.shape)} and its adapter do not match")
                    tensor = (tensor.float() + scale * (b.float() @ a.float())).to(tensor.dtype)
                tensors[name] = tensor
        part = out / f"{shard}.part"
        save_file(tensors, part, metadata={"format": "pt"})
        part.replace(target)
        print(f"{number} of {len(shards)}: {shard}", flush=True)
    print(f"merged {len(adapters)} adapters into {out}")


if len(sys.argv) != 4:
    raise SystemExit(__doc__.splitlines()[2])
merge(*map(pathlib.Path, sys.argv[1:]))
