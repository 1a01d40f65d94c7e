/**
 * A model of DeepSeek-V3's architecture that fits in 24 MB: four layers, one of them dense, 16 experts (eight
 * would wake llama.cpp's rules for Mixtral), rows of 256 so that every type of block fits. Its weights are
 * random and always the same; it speaks nonsense in printable ASCII.
 */
import { Buffer } from "node:buffer";
import { closeSync, openSync, writeSync } from "node:fs";
import * as KIND from "./gguf-file.mjs";
import { entry, header, padded } from "./gguf-file.mjs";
import { metadata } from "./sparse-gguf.mjs";

export const TINY = {
  hiddenSize: 256,
  vocabularySize: 512,
  layerCount: 4,
  denseLayerCount: 1,
  mtpLayerCount: 0,
  denseIntermediateSize: 512,
  expertIntermediateSize: 256,
  routedExpertCount: 16,
  sharedExpertCount: 1,
  expertsPerToken: 4,
  headCount: 4,
  queryLoraRank: 256,
  kvLoraRank: 256,
  ropeHeadDim: 32,
  nopeHeadDim: 32,
  valueHeadDim: 64,
  maxContextTokens: 4096,
};

const F32 = 0;
const BF16 = 30;
const NORMAL = 1;
const CONTROL = 3;
const UNUSED = 5;
const SPECIAL = ["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"];
const FIRST_BYTE = SPECIAL.length;

/** GPT-2's spelling of the 256 bytes: printable ones as they are, first; the others from U+0100 up. */
function byteTokens() {
  const printable = [
    ...Array.from({ length: 94 }, (_, i) => 33 + i),
    ...Array.from({ length: 12 }, (_, i) => 161 + i),
    ...Array.from({ length: 82 }, (_, i) => 174 + i),
  ];
  const others = Array.from({ length: 256 }, (_, i) => i).filter((byte) => !printable.includes(byte));
  return [
    ...printable.map((byte) => ({ byte, text: String.fromCharCode(byte) })),
    ...others.map((byte, i) => ({ byte, text: String.fromCharCode(256 + i) })),
  ];
}

/** Tokens whose row of the output is zero: all that is not a printable character of ASCII is never said. */
function silentTokens() {
  const spoken = new Set(
    byteTokens().flatMap(({ byte }, i) => (byte > 32 && byte < 127 ? [FIRST_BYTE + i] : [])),
  );
  return Array.from({ length: TINY.vocabularySize }, (_, token) => token).filter(
    (token) => !spoken.has(token),
  );
}

/** What convert_hf_to_gguf.py takes from the checkpoint's tokenizer. */
function tokenizer() {
  const tokens = [...SPECIAL, ...byteTokens().map(({ text }) => text), "th", "the", "in", "er", "an"];
  const types = tokens.map((_, i) => (i < SPECIAL.length ? CONTROL : NORMAL));
  while (tokens.length < TINY.vocabularySize) {
    types.push(UNUSED);
    tokens.push(`[PAD${tokens.length}]`);
  }
  const key = (name, kind, value) => entry(`tokenizer.ggml.${name}`, kind, value);
  return [
    key("model", KIND.STRING, "gpt2"),
    key("pre", KIND.STRING, "deepseek-v3"),
    key("tokens", KIND.ARRAY, [KIND.STRING, tokens]),
    key("token_type", KIND.ARRAY, [KIND.I32, types]),
    key("merges", KIND.ARRAY, [KIND.STRING, ["t h", "th e", "i n", "e r", "a n"]]),
    key("bos_token_id", KIND.U32, 0),
    key("eos_token_id", KIND.U32, 1),
    key("padding_token_id", KIND.U32, 1),
    key("add_bos_token", KIND.BOOL, true),
    entry("tokenizer.chat_template", KIND.STRING, TEMPLATE),
  ];
}

const TEMPLATE =
  "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '<｜User｜>' + message['content'] }}{% else %}{{ '<｜Assistant｜>' + message['content'] + '<｜end▁of▁sentence｜>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<｜Assistant｜>' }}{% endif %}";

/** Numbers between -1 and 1 that look random and are the same everywhere. */
function noise(count, seed) {
  const values = new Float32Array(count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    values[i] = state / 2 ** 31;
  }
  return values;
}

/** One tensor's values: norms 1, router bias 0, the rest noise that keeps a row's length near 1. */
function valuesOf({ name, shape }, seed) {
  const count = shape.reduce((product, n) => product * n, 1);
  if (name.includes("norm")) return new Float32Array(count).fill(1);
  if (name.includes("bias")) return new Float32Array(count);
  const values = noise(count, seed);
  const scale = name.includes("embd") ? 0.8 : Math.sqrt(3 / shape[0]);
  for (let i = 0; i < count; i++) values[i] *= scale;
  if (name === "output.weight") {
    for (const token of silentTokens()) values.fill(0, token * shape[0], (token + 1) * shape[0]);
  }
  return values;
}

/** Upper halves of the 32 bits: what BF16 is. */
function bytesOf(tensor, seed) {
  const values = valuesOf(tensor, seed);
  const floats = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  if (tensor.typeId === F32) return floats;
  if (tensor.typeId !== BF16) throw new Error(`no values of type ${tensor.typeId}`);
  const halves = Buffer.alloc(values.length * 2);
  for (let i = 0; i < values.length; i++) floats.copy(halves, i * 2, i * 4 + 2, i * 4 + 4);
  return halves;
}

/**
 * The 16-bit files that convert_hf_to_gguf.py would leave: `files` are the paths, one or several splits, and
 * each tensor ({name, shape, typeId, bytes, split from 1}) goes to its own. Returns the bytes written.
 */
export function writeTinyModel(files, tensors) {
  const seeds = new Map(tensors.map(({ name }, i) => [name, i + 1]));
  const splits = (no) =>
    files.length === 1
      ? []
      : [
          entry("split.no", KIND.U16, no),
          entry("split.count", KIND.U16, files.length),
          entry("split.tensors.count", KIND.I32, tensors.length),
        ];
  // The sparse file says last that it has no tokenizer; this one has.
  const whole = [...metadata(TINY, false).slice(0, -1), ...tokenizer()];
  let written = 0;
  for (const [no, path] of files.entries()) {
    const own = tensors.filter(({ split }) => split === no + 1);
    const file = openSync(path, "w");
    try {
      written += writeSync(file, header([...(no === 0 ? whole : []), ...splits(no)], own).bytes);
      for (const tensor of own) {
        const bytes = bytesOf(tensor, seeds.get(tensor.name));
        written += writeSync(file, bytes);
        written += writeSync(file, Buffer.alloc(padded(bytes.length) - bytes.length));
      }
    } finally {
      closeSync(file);
    }
  }
  return written;
}
