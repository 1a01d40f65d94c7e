#!/usr/bin/env python3
"""Lays train/config.json over Megatron-Bridge's common fine-tuning configuration and trains. Started by train.sh.

train.py [--smoke]
"""
import json
import pathlib
import sys

import torch
from megatron.bridge import AutoBridge
from megatron.bridge.data.builders import ChatSFTPreprocessingConfig, GPTSFTDatasetConfig
from megatron.bridge.data.datasets.packed_sequence import PackedSequenceSpecs
from megatron.bridge.recipes.common import _peft_common, _sft_common
from megatron.bridge.training.finetune import finetune
from megatron.bridge.training.gpt_step import forward_step
from megatron.bridge.training.mixed_precision import MixedPrecisionConfig

settings = json.loads((pathlib.Path(__file__).resolve().parent / "config.json").read_text(encoding="utf-8"))


# How Megatron's own command line reads them: moments of eight bits are stored as bytes.
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16, "fp8": torch.uint8}


def lay(config, name, value):
    """Sets a dotted name; one that the library does not have is an error, never a new field."""
    *path, last = name.split(".")
    for part in path:
        config = getattr(config, part)
    if not hasattr(config, last):
        raise SystemExit(f"this release of Megatron-Bridge has no {name}")
    setattr(config, last, DTYPES[value] if last.endswith("_dtype") else value)


def main():
    config = _peft_common() if "peft.dim" in settings else _sft_common()
    base = settings["tokenizer.tokenizer_model"]
    config.model = AutoBridge.from_hf_pretrained(base).to_megatron_provider(load_weights=False)
    config.model.pipeline_dtype = torch.bfloat16
    config.mixed_precision = MixedPrecisionConfig(
        bf16=True, params_dtype=torch.bfloat16, pipeline_dtype=torch.bfloat16, autocast_enabled=False
    )
    packed = settings["dataset.enable_offline_packing"]
    length = settings["dataset.seq_length"]
    context = settings["model.context_parallel_size"]
    config.dataset = GPTSFTDatasetConfig(
        seq_length=length,
        dataset_root=settings["dataset.dataset_root"],
        preprocessing=ChatSFTPreprocessingConfig(),
        dataloader_type="batch",
        do_test=False,
    )
    if packed:
        config.dataset.offline_packing_specs = PackedSequenceSpecs(
            packed_sequence_size=length, pad_seq_to_mult=2 * context if context > 1 else 1
        )
    for name, value in settings.items():
        lay(config, name, value)
    if "--smoke" in sys.argv:
        config.train.train_iters = 2
        config.checkpoint.save = config.checkpoint.load = "out/smoke"
    finetune(config=config, forward_step_func=forward_step)


main()
