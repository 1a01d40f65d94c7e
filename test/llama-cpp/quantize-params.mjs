/** What llama_model_quantize is told: a file type, an importance matrix that exists, types of single tensors. */
import { FILE_TYPE_IDS } from "./llama-library.mjs";

function checkLayout(defaults) {
  const {
    dry_run: dryRun,
    quantize_output_tensor: quantizeOutput,
    imatrix,
    tt_overrides: overrides,
  } = defaults;
  if (dryRun !== false || quantizeOutput !== true || imatrix !== null || overrides !== null)
    throw new Error("llama_model_quantize_params has another layout than expected");
}

/** `job`: {type, imatrix, overrides: {pattern, type}[]}; `blocks`: ggml's types by name. */
export function quantizeParams(library, job, blocks) {
  const { koffi } = library;
  const params = library.quantizeDefaults();
  checkLayout(params);
  params.ftype = FILE_TYPE_IDS[job.type];
  if (params.ftype === undefined) throw new Error(`no file type ${job.type}`);
  if (job.imatrix) {
    const entries = koffi.alloc("ImatrixEntry", 2);
    koffi.encode(entries, 0, "ImatrixEntry", { name: "none", data: new Float32Array([1]), size: 1 });
    koffi.encode(entries, koffi.sizeof("ImatrixEntry"), "ImatrixEntry", { name: null, data: null, size: 0 });
    params.imatrix = entries;
  }
  if (job.overrides?.length) {
    const rows = koffi.alloc("TypeOverride", job.overrides.length + 1);
    const size = koffi.sizeof("TypeOverride");
    const all = job.overrides.map(({ pattern, type }) => ({ pattern, type: blocks.get(type).id }));
    [...all, { pattern: null, type: 0 }].forEach((row, i) =>
      koffi.encode(rows, i * size, "TypeOverride", row),
    );
    params.tt_overrides = rows;
  }
  return params;
}
