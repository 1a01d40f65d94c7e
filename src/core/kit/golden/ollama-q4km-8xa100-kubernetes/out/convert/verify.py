#!/usr/bin/env python3
"""Compares GGUF files with a manifest, tensor by tensor: verify.py manifest.json FIRST.gguf

Reads headers only. Every tensor's name, shape, type, offset and file must be the manifest's, and every
file must be long enough to hold its tensors.
"""
import json
import os
import struct
import sys

TYPES = {
    0: "f32", 1: "f16", 2: "q4_0", 3: "q4_1", 6: "q5_0", 7: "q5_1", 8: "q8_0", 9: "q8_1",
    10: "q2_K", 11: "q3_K", 12: "q4_K", 13: "q5_K", 14: "q6_K", 15: "q8_K",
    16: "iq2_xxs", 17: "iq2_xs", 18: "iq3_xxs", 19: "iq1_s", 20: "iq4_nl", 21: "iq3_s", 22: "iq2_s",
    23: "iq4_xs", 24: "i8", 25: "i16", 26: "i32", 27: "i64", 28: "f64", 29: "iq1_m", 30: "bf16",
    34: "tq1_0", 35: "tq2_0", 39: "mxfp4", 40: "nvfp4", 41: "q1_0", 42: "q2_0",
}
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
STRING, ARRAY = 8, 9


class Reader:
    def __init__(self, path):
        self.path = path
        self.file = open(path, "rb")

    def take(self, count):
        data = self.file.read(count)
        if len(data) != count:
            raise ValueError("the header ends early")
        return data

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def text(self):
        length = self.number("<Q")
        if length > 1 << 26:
            raise ValueError(f"a string of {length} bytes")
        return self.take(length).decode("utf-8", "replace")

    def value(self, kind):
        if kind == STRING:
            return self.text()
        if kind != ARRAY:
            return self.number(SCALARS[kind])
        inner, count = self.number("<I"), self.number("<Q")
        if inner in SCALARS:
            self.take(struct.calcsize(SCALARS[inner]) * count)
            return None
        for _ in range(count):
            self.value(inner)
        return None


def read_header(path):
    reader = Reader(path)
    with reader.file:
        if reader.take(4) != b"GGUF":
            raise ValueError("not a GGUF file")
        version = reader.number("<I")
        if version not in (2, 3):
            raise ValueError(f"GGUF version {version}")
        tensor_count, field_count = reader.number("<Q"), reader.number("<Q")
        fields = {}
        for _ in range(field_count):
            name = reader.text()
            fields[name] = reader.value(reader.number("<I"))
        tensors = {}
        for _ in range(tensor_count):
            name = reader.text()
            shape = [reader.number("<Q") for _ in range(reader.number("<I"))]
            kind, offset = reader.number("<I"), reader.number("<Q")
            if name in tensors:
                raise ValueError(f"tensor {name} twice")
            tensors[name] = {"shape": shape, "type": TYPES.get(kind, f"type {kind}"), "offset": offset}
        alignment = fields.get("general.alignment") or 32
        start = -(-reader.file.tell() // alignment) * alignment
    return tensors, start


def squeeze(shape):
    shape = list(shape)
    while len(shape) > 1 and shape[-1] == 1:
        shape.pop()
    return shape


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        manifest = json.load(file)
    folder = os.path.dirname(os.path.abspath(sys.argv[2]))
    if os.path.basename(sys.argv[2]) != manifest["splits"][0]["file"]:
        sys.exit(f"FAIL  the first file should be {manifest['splits'][0]['file']}")
    wrong = []
    seen = 0
    for number, split in enumerate(manifest["splits"], 1):
        path = os.path.join(folder, split["file"])
        wanted = {t["name"]: t for t in manifest["tensors"] if t["split"] == number}
        try:
            found, start = read_header(path)
        except (OSError, ValueError, KeyError) as error:
            wrong.append(f"{split['file']}: {error}")
            continue
        size = os.path.getsize(path)
        for name in sorted(wanted.keys() - found.keys()):
            wrong.append(f"{split['file']}: {name} is missing")
        for name in sorted(found.keys() - wanted.keys()):
            wrong.append(f"{split['file']}: {name} is not in the manifest")
        for name in wanted.keys() & found.keys():
            seen += 1
            want, have = wanted[name], found[name]
            if squeeze(want["shape"]) != squeeze(have["shape"]):
                wrong.append(f"{name}: shape {have['shape']}, manifest {want['shape']}")
            for key in ("type", "offset"):
                if want[key] != have[key]:
                    wrong.append(f"{name}: {key} {have[key]}, manifest {want[key]}")
            if start + want["offset"] + want["bytes"] > size:
                wrong.append(f"{name}: ends behind the end of {split['file']}")
    for line in wrong[:50]:
        print(f"FAIL  {line}")
    if wrong:
        sys.exit(f"{len(wrong)} differences in {len(manifest['tensors'])} tensors")
    print(f"PASS  {seen} of {len(manifest['tensors'])} tensors as in the manifest")


main()
