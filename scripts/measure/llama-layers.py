#!/usr/bin/env python3
"""Times llama.cpp on layers of DeepSeek-V3 at full size, or on the whole model, and prints measurement records.

The weights are random: a layer's time does not depend on them. The routed experts of one token are always
eight, so decode of one sequence reads what a real model reads. Needs NumPy, llama.cpp's shared libraries
(libggml-base, libggml, libllama and its back ends) and room for the file in memory.

    llama-layers.py LIBRARIES --accelerator h100-sxm --weights Q4_K_M --moe-layers 2 6 > records.jsonl
    llama-layers.py LIBRARIES --accelerator h100-sxm --accelerators 4 --weights Q2_K --whole > records.jsonl

`fathom validate records.jsonl` puts the predictions beside them. The structures below are those of llama.cpp
v0.5.0 (ggml 0.25): another version may lay them out otherwise.
"""
import argparse
import ctypes as C
import datetime
import glob
import json
import os
import re
import struct
import sys
import time

import numpy as np

U32, F32, BOOL, STRING = 4, 6, 7, 8
# Type: id, elements a block, bytes a block, where its 16-bit scales are, where its 16-bit minima are.
TYPES = {
    "F32": (0, 1, 4, (), ()),
    "Q8_0": (8, 32, 34, (0,), ()),
    "Q2_K": (10, 256, 84, (80,), (82,)),
    "Q3_K": (11, 256, 110, (108,), ()),
    "Q4_K": (12, 256, 144, (0,), (2,)),
    "Q5_K": (13, 256, 176, (0,), (2,)),
    "Q6_K": (14, 256, 210, (208,), ()),
}
MIXES = {
    "Q8_0": {"up": "Q8_0", "down": "Q8_0", "attention": "Q8_0", "embedding": "Q8_0", "output": "Q8_0"},
    "Q6_K": {"up": "Q6_K", "down": "Q6_K", "attention": "Q6_K", "embedding": "Q6_K", "output": "Q6_K"},
    "Q4_K_M": {"up": "Q4_K", "down": "Q6_K", "attention": "Q4_K", "embedding": "Q4_K", "output": "Q6_K"},
    "Q2_K": {"up": "Q2_K", "down": "Q3_K", "attention": "Q3_K", "embedding": "Q2_K", "output": "Q6_K"},
}
SMALL_SCALE = 0.0005
TILE_BYTES = 32 << 20
HIDDEN, HEADS, VOCABULARY, EXPERTS = 7168, 128, 129280, 256
MOE_LAYERS, DENSE_LAYERS = 58, 3


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def entry(key, kind, value):
    packed = {
        U32: lambda: struct.pack("<I", value),
        F32: lambda: struct.pack("<f", value),
        BOOL: lambda: struct.pack("<?", value),
        STRING: lambda: text(value),
    }
    return text(key) + struct.pack("<I", kind) + packed[kind]()


def tensors(mix, dense, moe):
    """Name, shape (fastest axis first) and type of every tensor of such a file."""
    yield "token_embd.weight", [HIDDEN, VOCABULARY], mix["embedding"]
    yield "output_norm.weight", [HIDDEN], "F32"
    yield "output.weight", [HIDDEN, VOCABULARY], mix["output"]
    for layer in range(dense + moe):
        p = f"blk.{layer}."
        yield p + "attn_norm.weight", [HIDDEN], "F32"
        yield p + "attn_q_a.weight", [HIDDEN, 1536], mix["attention"]
        yield p + "attn_q_a_norm.weight", [1536], "F32"
        yield p + "attn_q_b.weight", [1536, HEADS * 192], mix["attention"]
        yield p + "attn_kv_a_mqa.weight", [HIDDEN, 576], mix["attention"]
        yield p + "attn_kv_a_norm.weight", [512], "F32"
        yield p + "attn_k_b.weight", [128, 512, HEADS], "Q8_0"
        yield p + "attn_v_b.weight", [512, 128, HEADS], "Q8_0"
        yield p + "attn_output.weight", [HEADS * 128, HIDDEN], mix["attention"]
        yield p + "ffn_norm.weight", [HIDDEN], "F32"
        if layer < dense:
            for role, shape in (("gate", [HIDDEN, 18432]), ("down", [18432, HIDDEN]), ("up", [HIDDEN, 18432])):
                yield p + f"ffn_{role}.weight", shape, mix["down" if role == "down" else "up"]
            continue
        yield p + "ffn_gate_inp.weight", [HIDDEN, EXPERTS], "F32"
        yield p + "exp_probs_b.bias", [EXPERTS], "F32"
        for role, shape in (("down", [2048, HIDDEN]), ("gate", [HIDDEN, 2048]), ("up", [HIDDEN, 2048])):
            kind = mix["down" if role == "down" else "up"]
            yield p + f"ffn_{role}_exps.weight", [*shape, EXPERTS], kind
            yield p + f"ffn_{role}_shexp.weight", shape, kind


def metadata(dense, moe):
    a = "deepseek2."
    counts = {
        "block_count": dense + moe, "context_length": 163840, "embedding_length": HIDDEN,
        "feed_forward_length": 18432, "leading_dense_block_count": dense, "vocab_size": VOCABULARY,
        "expert_count": EXPERTS, "expert_used_count": 8, "expert_shared_count": 1,
        "expert_feed_forward_length": 2048, "expert_gating_func": 2, "expert_group_count": 8,
        "expert_group_used_count": 4, "attention.head_count": HEADS, "attention.head_count_kv": 1,
        "attention.q_lora_rank": 1536, "attention.kv_lora_rank": 512, "attention.key_length": 576,
        "attention.value_length": 512, "attention.key_length_mla": 192, "attention.value_length_mla": 128,
        "rope.dimension_count": 64, "rope.scaling.original_context_length": 4096,
    }
    reals = {
        "attention.layer_norm_rms_epsilon": 1e-6, "expert_weights_scale": 2.5, "rope.freq_base": 10000.0,
        "rope.scaling.factor": 40.0, "rope.scaling.yarn_log_multiplier": 0.1,
    }
    return [
        entry("general.architecture", STRING, "deepseek2"),
        entry("general.quantization_version", U32, 2),
        *(entry(a + key, U32, value) for key, value in counts.items()),
        *(entry(a + key, F32, value) for key, value in reals.items()),
        entry(a + "expert_weights_norm", BOOL, True),
        entry(a + "rope.scaling.type", STRING, "yarn"),
        entry("tokenizer.ggml.model", STRING, "none"),
    ]


class Weights:
    """Random blocks whose scales keep every activation finite; one tile a type, repeated."""

    def __init__(self):
        self.random = np.random.default_rng(1)
        self.tiles = {}

    def tile(self, kind):
        if kind not in self.tiles:
            _, _, size, scales, minima = TYPES[kind]
            blocks = self.random.integers(0, 256, (TILE_BYTES // size, size), dtype=np.uint8)
            small = np.full(len(blocks), SMALL_SCALE, np.float16).view(np.uint8).reshape(-1, 2)
            for at in scales:
                blocks[:, at : at + 2] = small
            for at in minima:
                blocks[:, at : at + 2] = 0
            self.tiles[kind] = blocks.reshape(-1)
        return self.tiles[kind]

    def write(self, file, name, kind, elements, size):
        if kind == "F32":
            values = np.ones(elements) if "norm" in name else np.zeros(elements)
            if "gate_inp" in name:
                values = self.random.standard_normal(elements) * 0.012
            file.write(values.astype(np.float32).tobytes())
            return
        tile = self.tile(kind)
        while size > 0:
            part = min(size, tile.size)
            file.write(memoryview(tile[:part]))
            size -= part


def write_model(path, mix, dense, moe):
    rows, offset = [], 0
    for name, shape, kind in tensors(mix, dense, moe):
        identity, block, size, *_ = TYPES[kind]
        elements = int(np.prod(shape, dtype=np.int64))
        bytes_ = elements // block * size
        rows.append((name, shape, kind, identity, offset, elements, bytes_))
        offset += (bytes_ + 31) // 32 * 32
    keys = metadata(dense, moe)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(rows), len(keys)) + b"".join(keys)
    for name, shape, _, identity, at, *_ in rows:
        axes = struct.pack(f"<{len(shape)}Q", *shape)
        head += text(name) + struct.pack("<I", len(shape)) + axes + struct.pack("<IQ", identity, at)
    head += bytes(-len(head) % 32)
    weights = Weights()
    with open(path, "wb") as file:
        file.write(head)
        for name, _, kind, _, at, elements, bytes_ in rows:
            file.seek(len(head) + at)
            weights.write(file, name, kind, elements, bytes_)
        file.truncate(len(head) + offset)
    return len(head) + offset


I32, PTR, FLAG = C.c_int32, C.c_void_p, C.c_bool


class ModelParams(C.Structure):
    _fields_ = [
        ("devices", PTR), ("overrides", PTR), ("gpu_layers", I32), ("split_mode", I32), ("load_mode", I32),
        ("lazy_mode", I32), ("main_gpu", I32), ("tensor_split", PTR), ("progress", PTR), ("progress_data", PTR),
        ("kv_overrides", PTR), ("vocab_only", FLAG), ("check", FLAG), ("extra_buffers", FLAG),
        ("no_host", FLAG), ("no_alloc", FLAG), ("load_mtp", FLAG),
    ]


class ContextParams(C.Structure):
    _fields_ = [
        *((name, C.c_uint32) for name in (
            "context", "batch", "ubatch", "sequences", "rs", "outputs", "outputs_each")),
        *((name, I32) for name in (
            "threads", "threads_batch", "kind", "rope", "pooling", "attention", "flash_attention")),
        *((name, C.c_float) for name in (
            "rope_base", "rope_scale", "yarn_ext", "yarn_attn", "yarn_fast", "yarn_slow")),
        ("yarn_context", C.c_uint32), ("defrag", C.c_float), ("eval", PTR), ("eval_data", PTR),
        ("key_type", I32), ("value_type", I32), ("abort", PTR), ("abort_data", PTR),
        *((name, FLAG) for name in ("embeddings", "offload_kv", "no_perf", "op_offload", "swa_full", "unified")),
        ("samplers", PTR), ("sampler_count", C.c_size_t), ("other", PTR),
    ]


class Batch(C.Structure):
    _fields_ = [("count", I32), *((name, PTR) for name in ("token", "embd", "pos", "n_seq", "seq", "logits"))]


class Llama:
    def __init__(self, folder):
        def load(pattern):
            found = sorted(glob.glob(os.path.join(folder, pattern)))
            if not found:
                sys.exit(f"{folder}: holds no {pattern}")
            return C.CDLL(found[0], mode=C.RTLD_GLOBAL)

        base, ggml = load("libggml-base.so*"), load("libggml.*so*")
        self.lib = load("libllama.*so*")
        self.complaints = []
        proto = C.CFUNCTYPE(None, C.c_int, C.c_char_p, C.c_void_p)
        self.log = proto(lambda level, line, _: self.complaints.append(line.decode()) if level >= 3 else None)
        self.lib.llama_log_set(self.log, None)
        base.ggml_log_set(self.log, None)
        ggml.ggml_backend_load_all_from_path(os.path.abspath(folder).encode())
        self.lib.llama_backend_init()
        self.declare()

    def declare(self):
        lib = self.lib
        for name, result, arguments in (
            ("llama_model_default_params", ModelParams, []),
            ("llama_context_default_params", ContextParams, []),
            ("llama_model_load_from_file", PTR, [C.c_char_p, ModelParams]),
            ("llama_init_from_model", PTR, [PTR, ContextParams]),
            ("llama_batch_get_one", Batch, [PTR, I32]),
            ("llama_decode", I32, [PTR, Batch]),
            ("llama_synchronize", None, [PTR]),
            ("llama_get_memory", PTR, [PTR]),
            ("llama_memory_clear", None, [PTR, FLAG]),
            ("llama_free", None, [PTR]),
            ("llama_model_free", None, [PTR]),
        ):
            function = getattr(lib, name)
            function.restype, function.argtypes = result, arguments

    def model(self, path):
        params = self.lib.llama_model_default_params()
        params.gpu_layers = 999
        return self.lib.llama_model_load_from_file(path.encode(), params) or self.give_up("the model")

    def context(self, model, tokens, ubatch):
        params = self.lib.llama_context_default_params()
        params.context, params.batch, params.ubatch, params.flash_attention = tokens, 2048, ubatch, 1
        return self.lib.llama_init_from_model(model, params) or self.give_up("a context")

    def give_up(self, what):
        sys.exit(f"llama.cpp made no {what}: {' '.join(self.complaints[-5:])}")

    def feed(self, context, tokens, random):
        """Random tokens in batches of at most 2048; returns when all are computed."""
        left = tokens
        while left > 0:
            count = min(left, 2048)
            ids = (I32 * count)(*(int(token) for token in random.integers(0, 129000, count)))
            if self.lib.llama_decode(context, self.lib.llama_batch_get_one(ids, count)) != 0:
                self.give_up("progress")
            left -= count
        self.lib.llama_synchronize(context)


def rate(action, tokens, repeats):
    rates = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        rates.append(tokens / (time.perf_counter() - start))
    return round(float(np.mean(rates)), 2)


def decode_rate(llama, model, depth, random):
    context = llama.context(model, depth + 1024, 512)
    llama.feed(context, depth, random)
    step = lambda: llama.feed(context, 1, random)  # noqa: E731
    for _ in range(8):
        step()
    measured = rate(lambda: [step() for _ in range(24)], 24, 4)
    llama.lib.llama_free(context)
    return measured


def prefill_rate(llama, model, tokens, ubatch, random):
    context = llama.context(model, tokens + 64, ubatch)

    def pass_():
        llama.lib.llama_memory_clear(llama.lib.llama_get_memory(context), False)
        llama.feed(context, tokens, random)

    pass_()
    measured = rate(pass_, tokens, 5)
    llama.lib.llama_free(context)
    return measured


def record(args, slice_, size, metric, value, workload, ubatch):
    whole = slice_ is None
    count = args.accelerators
    where = "model" if whole else f"m{slice_['moeLayers']}"
    load = "-".join(f"{key[0]}{value}" for key, value in workload.items() if key != "concurrency")
    return {
        "id": f"llama-{count}x{args.accelerator}-{args.weights}-{where}-{load}-u{ubatch}",
        "class": "llamacpp-gpu" if whole else "slice-llamacpp",
        "quality": "A", "date": args.date, "source": "own measurement", "engineVersion": args.version,
        "plan": {
            "version": 1, "goal": "serve", "model": "deepseek-v3", "weights": f"gguf:{args.weights}",
            "kvCache": "f16", "engine": "llama.cpp",
            "cluster": {"accelerator": args.accelerator, "nodes": 1, "acceleratorsPerNode": count},
            "layout": {"tp": 1, "pp": count, "dpAttention": 1, "ep": 1, "replicas": 1, "experts": "gpu"},
            "workload": workload, "speculative": "off",
        },
        "runtime": {
            "ubatch": ubatch, "flashAttention": 1, "weightsBytes": size,
            **({} if whole else {"slice": slice_}),
        },
        "measured": {metric: value},
        "phase": "decode-only" if metric.startswith("decode") else "prefill-only",
        "notes": f"random weights; mix: {json.dumps(MIXES[args.weights])}, attn_k_b and attn_v_b Q8_0",
    }


def measure(args, llama, dense, moe, slice_):
    path = os.path.join(args.folder, "fathom-layers.gguf")
    random = np.random.default_rng(2)
    try:
        size = write_model(path, MIXES[args.weights], dense, moe)
        model = llama.model(path)
        for depth in args.depth:
            workload = {"outputTokens": 96, "concurrency": 1, "contextDepth": depth}
            value = decode_rate(llama, model, depth, random)
            yield record(args, slice_, size, "decodeTokensPerSecond", value, workload, 512)
        for tokens, ubatch in ((512, 512), (2048, 2048), (8192, 2048)):
            workload = {"inputTokens": tokens, "concurrency": 1, "contextDepth": 0}
            value = prefill_rate(llama, model, tokens, ubatch, random)
            yield record(args, slice_, size, "prefillTokensPerSecond", value, workload, ubatch)
        llama.lib.llama_model_free(model)
    finally:
        if os.path.exists(path):
            os.remove(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("libraries", help="folder of llama.cpp's shared libraries")
    parser.add_argument("--accelerator", required=True, help="id of planner-data/accelerators")
    parser.add_argument("--accelerators", type=int, default=1)
    parser.add_argument("--weights", choices=sorted(MIXES), default="Q4_K_M")
    parser.add_argument("--moe-layers", type=int, nargs="+", default=[2, 6])
    parser.add_argument("--whole", action="store_true", help="3 dense and 58 MoE layers instead of slices")
    parser.add_argument("--depth", type=int, nargs="+", default=[0, 4096, 16384])
    parser.add_argument("--folder", default="/dev/shm", help="where the file is written")
    parser.add_argument("--version", default="v0.5.0")
    parser.add_argument("--date", default=datetime.date.today().isoformat())
    args = parser.parse_args()
    if not re.fullmatch(r"[a-z0-9-]+", args.accelerator):
        parser.error("--accelerator: not an id")
    llama = Llama(args.libraries)
    if args.whole:
        cases = [(DENSE_LAYERS, MOE_LAYERS, None)]
    else:
        cases = [(1, count, {"denseLayers": 1, "moeLayers": count}) for count in args.moe_layers]
    for dense, moe, slice_ in cases:
        for row in measure(args, llama, dense, moe, slice_):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
