// @ts-check
/**
 * The result of a fine-tuning, from what training leaves to what is served: the tiny model in BF16 with adapters in
 * PEFT's form goes through the kits' own export.sh, once as an adapter and once merged; llama.cpp's library then
 * loads both and says whether they are the same model.
 */
import { spawnSync } from "node:child_process";
import { Buffer } from "node:buffer";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bf16, generator, writeSafetensors, writeTinyCheckpoint } from "./tiny-checkpoint.mjs";
import { linkConverter, unpackKit } from "./unpack.mjs";

const TOOL = fileURLToPath(new URL("../../test/llama-cpp/adapter-tool.mjs", import.meta.url));
/** Adapters large enough to be seen in the logits, small enough that the model stays itself. */
const SIZE = 0.35;
/** Merged weights are rounded to BF16, the adapter to F16: what is left of the move. */
const ALIKE = 0.05;

/** @typedef {{ folder: string, adapted: readonly { name: string, shape: readonly number[] }[], rank: number, alpha: number }} Adapter */

/** Both halves of every adapter, as PEFT saves them. @param {Adapter} adapter */
function writeAdapter({ folder, adapted, rank, alpha }) {
  mkdirSync(folder, { recursive: true });
  const halves = adapted.flatMap(({ name, shape: [out = 0, into = 0] }) => {
    const stem = `base_model.model.${name.replace(/\.weight$/, "")}`;
    const half = (/** @type {string} */ which, /** @type {number[]} */ shape) => ({
      name: `${stem}.lora_${which}.weight`,
      shape,
      type: "BF16",
      bytes: 2 * rank * (which === "A" ? into : out),
    });
    return [half("A", [rank, into]), half("B", [out, rank])];
  });
  writeSafetensors(join(folder, "adapter_model.safetensors"), halves, ({ shape, bytes }, seed) => {
    const random = generator(seed + 7919);
    const scale = SIZE * Math.sqrt(3 / (shape[1] ?? 1));
    const data = Buffer.alloc(bytes);
    for (let i = 0; i < bytes; i += 2) data.writeUInt16LE(bf16(scale * (2 * random() - 1)), i);
    return data;
  });
  const config = { peft_type: "LORA", r: rank, lora_alpha: alpha, lora_dropout: 0, bias: "none" };
  writeFileSync(join(folder, "adapter_config.json"), JSON.stringify(config));
  return halves.length / 2;
}

/** A checkout of llama.cpp with its tools built, as export.sh asks for one. @param {string} source @param {string} bin */
function checkout(source, bin) {
  const folder = mkdtempSync(join(tmpdir(), "fathom-llama-"));
  for (const name of readdirSync(source))
    if (name !== "build") symlinkSync(join(source, name), join(folder, name));
  symlinkSync(dirname(bin), join(folder, "build"));
  return folder;
}

/** @param {any} kit @param {any} tuned */
function unpack(kit, tuned) {
  const folder = unpackKit(kit, "fathom-tuned-");
  writeTinyCheckpoint(join(folder, "weights/bf16"), tuned.architecture, tuned.checkpointTensors);
  return folder;
}

/**
 * Runs both exports and compares what they leave.
 *
 * @param {any} tuned TINY_TUNED of src/core/kit/finetune/testing
 * @param {{ bin: string, source: string, limit: number, judge: (what: string, good: boolean, more?: string) => boolean }} tools
 */
export function runTuned(tuned, { bin, source, limit, judge }) {
  const llama = checkout(source, bin);
  const folders = [unpack(tuned.adapterKit, tuned), unpack(tuned.mergedKit, tuned)];
  const [adapterKit = "", mergedKit = ""] = folders;
  const shims = join(llama, "fathom-bin");
  linkConverter(shims);
  const env = { ...process.env, LLAMA_CPP: llama, PATH: `${shims}:${process.env["PATH"] ?? ""}` };
  const run = (/** @type {string} */ what, /** @type {string} */ cwd, /** @type {string[]} */ words) => {
    const [program = "", ...rest] = words;
    const done = spawnSync(program, rest, { cwd, env, encoding: "utf8", timeout: limit });
    judge(what, done.status === 0, `${done.stdout}${done.stderr}`.slice(-3000));
    return done;
  };
  try {
    for (const folder of folders) writeAdapter({ ...tuned, folder: join(folder, "out/run") });
    const exported = "bash export/export.sh".split(" ");
    const adapter = run("export.sh: the adapter as GGUF", adapterKit, exported);
    const merged = run("export.sh: merged, converted, quantized", mergedKit, exported);
    const base = join(llama, "base.gguf");
    const convert = ["python3", "convert_hf_to_gguf.py", join(mergedKit, "weights/bf16")];
    const plain = run("the base as GGUF", llama, [...convert, "--outtype", "bf16", "--outfile", base]);
    if ([adapter, merged, plain].some(({ status }) => status !== 0)) return;
    const compare = (/** @type {string} */ what, /** @type {string} */ adapterFile) => {
      const files = [base, adapterFile, join(mergedKit, "out/model-BF16.gguf")];
      const compared = run(what, llama, [process.execPath, TOOL, ...files]);
      return compared.status === 0 ? JSON.parse(compared.stdout) : { moved: NaN, apart: NaN };
    };
    const { moved, apart } = compare(
      "llama.cpp loads base, adapter and merged model",
      join(adapterKit, "out/adapter.gguf"),
    );
    const figures = `the adapter moves logits by ${moved.toFixed(3)}, the merged model is ${apart.toFixed(4)} from it`;
    judge(figures, moved > 0.01 && apart < ALIKE * moved);
    // What plans are refused for: a release of llama.cpp that applies these adapters fails here.
    const unused = join(llama, "unused");
    writeAdapter({ ...tuned, folder: unused, adapted: tuned.unused });
    const words = ["--base", join(adapterKit, "weights/bf16"), "--outfile", `${unused}.gguf`, unused];
    run("an adapter on q_a, q_b and kv_a as GGUF", llama, ["python3", "convert_lora_to_gguf.py", ...words]);
    judge("it is loaded, and not used", compare("llama.cpp loads it too", `${unused}.gguf`).moved === 0);
  } finally {
    for (const folder of [llama, ...folders]) rmSync(folder, { recursive: true, force: true });
  }
}
