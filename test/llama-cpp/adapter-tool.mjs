/**
 * What an adapter does to a model, by llama.cpp's own library:
 *
 *   adapter-tool.mjs BASE.gguf ADAPTER.gguf MERGED.gguf
 *
 * Prints as JSON how far the logits of the last of a few tokens move from the base to the base with the adapter
 * (`moved`), and how far those are from the merged model's (`apart`): root of the mean square, each.
 */
import process from "node:process";
import { openLlama } from "./llama-library.mjs";

const PROMPT = [0, 104, 105, 1203, 377, 8521];
const FLASH_ATTENTION = 1;

/** Logits after the prompt. */
function logitsOf(library, path, adapter) {
  const model = library.loadModel(path, library.modelDefaults());
  if (!model) throw new Error(`${path} does not load\n${library.takeLog().slice(-2000)}`);
  const params = { ...library.contextDefaults(), n_ctx: 256, n_threads: 1, n_threads_batch: 1 };
  params.flash_attn_type = FLASH_ATTENTION;
  const context = library.openContext(model, params);
  if (!context) throw new Error(`no context\n${library.takeLog().slice(-2000)}`);
  if (adapter !== undefined) {
    const loaded = library.loadAdapter(model, adapter);
    if (!loaded) throw new Error(`${adapter} does not load\n${library.takeLog().slice(-2000)}`);
    const status = library.setAdapters(context, [loaded], 1, new Float32Array([1]));
    if (status !== 0) throw new Error(`llama_set_adapters_lora returned ${status}`);
  }
  const memory = library.koffi.alloc("int32", PROMPT.length);
  library.koffi.encode(memory, "int32", PROMPT, PROMPT.length);
  const status = library.decode(context, library.batchOf(memory, PROMPT.length));
  if (status !== 0) throw new Error(`llama_decode returned ${status}`);
  const count = library.tokensOf(library.vocabularyOf(model));
  const values = Float64Array.from(library.koffi.decode(library.logits(context, -1), "float", count));
  library.freeContext(context);
  library.freeModel(model);
  if (!values.every(Number.isFinite)) throw new Error("a logit is not a number");
  return values;
}

const distance = (a, b) => Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length);

const [base, adapter, merged] = process.argv.slice(2);
const { library, reason } = await openLlama();
if (!library) throw new Error(reason);
library.loadBackends();
const plain = logitsOf(library, base);
const adapted = logitsOf(library, base, adapter);
const answer = { moved: distance(plain, adapted), apart: distance(adapted, logitsOf(library, merged)) };
process.stdout.write(`${JSON.stringify(answer)}\n`);
