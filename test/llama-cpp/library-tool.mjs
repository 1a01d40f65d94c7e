/**
 * The library as a program, for scripts that call llama.cpp's tools where none are built:
 *
 *   library-tool.mjs llama-quantize [--tensor-type PATTERN=TYPE]... FROM TO TYPE [THREADS]
 *   library-tool.mjs llama-quantize --keep-split ...      splits of FROM stay splits of TO
 *   library-tool.mjs sample FILE COUNT                    COUNT tokens, the likeliest each, as JSON
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { blockTable, openLlama } from "./llama-library.mjs";
import { quantizeParams } from "./quantize-params.mjs";

const PROMPT = [0, 104, 105];
const VOCABULARY = 512;
const FLASH_ATTENTION = 1;

function quantize(library, args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      "tensor-type": { type: "string", multiple: true, default: [] },
      "keep-split": { type: "boolean", default: false },
    },
  });
  const [from, to, type, threads = "0"] = positionals;
  const overrides = values["tensor-type"].map((text) => {
    const at = text.lastIndexOf("=");
    return { pattern: text.slice(0, at), type: text.slice(at + 1) };
  });
  const params = quantizeParams(library, { type, overrides }, blockTable(library));
  params.nthread = Number(threads);
  params.keep_split = values["keep-split"];
  const status = library.quantize(from, to, params);
  if (status !== 0)
    throw new Error(`llama_model_quantize returned ${status}\n${library.takeLog().slice(-2000)}`);
}

function likeliest(library, context) {
  const values = library.koffi.decode(library.logits(context, -1), "float", VOCABULARY);
  if (!values.every(Number.isFinite)) throw new Error("a logit is not a number");
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}

function sample(library, [path, count]) {
  library.loadBackends();
  const model = library.loadModel(path, library.modelDefaults());
  if (!model) throw new Error(`${path} does not load\n${library.takeLog().slice(-2000)}`);
  const params = library.contextDefaults();
  params.n_ctx = 256;
  params.n_threads = 1;
  params.n_threads_batch = 1;
  params.flash_attn_type = FLASH_ATTENTION;
  const context = library.openContext(model, params);
  if (!context) throw new Error(`no context\n${library.takeLog().slice(-2000)}`);
  const said = [];
  let tokens = PROMPT;
  while (said.length < Number(count)) {
    const memory = library.koffi.alloc("int32", tokens.length);
    library.koffi.encode(memory, "int32", tokens, tokens.length);
    const status = library.decode(context, library.batchOf(memory, tokens.length));
    if (status !== 0) throw new Error(`llama_decode returned ${status}`);
    tokens = [likeliest(library, context)];
    said.push(...tokens);
  }
  library.freeContext(context);
  library.freeModel(model);
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

const TOOLS = { "llama-quantize": quantize, sample };
const [tool, ...args] = process.argv.slice(2);
const { library, reason } = await openLlama();
if (!library) throw new Error(reason);
if (!Object.hasOwn(TOOLS, tool)) throw new Error(`no tool ${tool}`);
TOOLS[tool](library, args);
