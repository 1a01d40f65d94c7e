/** From what training left to the file that is served. */
import type { Draft } from "../files/draft.ts";
import {
  array,
  assign,
  block,
  code,
  comment,
  printScript,
  printWords,
  type ScriptLine,
} from "../render/shell.ts";
import type { FrameworkKit } from "./frameworks/framework-kit.ts";
import { mergeScript } from "./merge-py.ts";
import type { Run } from "./run.ts";
import { baseFolder, head, WEIGHTS } from "./scripts.ts";

const merges = ({ plan }: Run): boolean => plan.result.form === "merged" && plan.method !== "full";

export function exportFiles(run: Run, kit: FrameworkKit): Draft[] {
  return [
    ...(kit.gather ? [kit.gather(run)] : []),
    ...(merges(run) ? [mergeScript] : []),
    exportScript(run, kit),
  ];
}

const LLAMA_CPP = code("LLAMA_CPP=${LLAMA_CPP:?set it to a checkout of llama.cpp with its tools built}");

function exportScript(run: Run, kit: FrameworkKit): Draft {
  const why = kit.noExport?.(run);
  const lines =
    why === undefined
      ? [...head(titleOf(run)), ...(run.gguf ? [LLAMA_CPP] : []), ...kit.result(run), ...steps(run)]
      : [
          ...head("What training left cannot be exported by this kit."),
          { text: `${printWords(["printf", "%s\\n", why])} >&2` },
          code("exit 1"),
        ];
  return { path: "export/export.sh", executable: true, ...printScript(lines) };
}

function titleOf({ plan, type, gguf }: Run): string {
  if (plan.result.form === "adapter") return gguf ? "The adapter as GGUF." : "The adapter as it is served.";
  const last = gguf ? `converts to GGUF and quantizes to ${type}` : "leaves a BF16 checkpoint";
  return plan.method === "full" ? `The trained model: ${last}.` : `Merges the adapters and ${last}.`;
}

function steps(run: Run): ScriptLine[] {
  if (run.plan.result.form === "adapter") return [...hasAdapter, ...adapterSteps(run)];
  return [
    ...(merges(run)
      ? [
          ...hasAdapter,
          code("MERGED=out/merged"),
          comment("Adapters go into 16 bits, never into a quantized base. One shard is in memory at a time."),
          code(`python3 export/merge.py ${WEIGHTS.bf16} "\${ADAPTER}" "\${MERGED}"`),
        ]
      : []),
    ...(run.gguf ? ggufSteps(run) : [code("printf 'the model: %s\\n' \"${MERGED}\"")]),
  ];
}

/** Training that was stopped before its end leaves none. */
const hasAdapter: readonly ScriptLine[] = block(`
  if [ ! -s "\${ADAPTER}/adapter_config.json" ]; then
    printf '%s holds no adapter: has the training ended?\\n' "\${ADAPTER}" >&2
    exit 1
  fi
`);

function adapterSteps({ gguf, plan }: Run): ScriptLine[] {
  if (!gguf) return [code("printf 'serve the base with the adapter %s\\n' \"${ADAPTER}\"")];
  return [
    ...array("convert", [
      { words: ["--base", baseFolder(plan)], because: "only its configuration is read" },
      { words: ["--outtype", "f16"], because: "small beside the base in any type" },
      {
        words: ["--outfile", "out/adapter.gguf"],
        because: "llama-server --lora takes it beside the base's file",
      },
    ]),
    code('python3 "${LLAMA_CPP}/convert_lora_to_gguf.py" "${convert[@]}" "${ADAPTER}"'),
    code("wc -c out/adapter.gguf"),
  ];
}

function ggufSteps({ type, needsImatrix }: Run): ScriptLine[] {
  return [
    { ...assign("TYPE", type), because: "the plan's type" },
    ...block(`
      if [ ! -s out/model-bf16.gguf ]; then
        python3 "\${LLAMA_CPP}/convert_hf_to_gguf.py" "\${MERGED}" --outtype bf16 --outfile out/model-bf16.gguf.part
        mv out/model-bf16.gguf.part out/model-bf16.gguf
      fi
    `),
    ...(needsImatrix
      ? [
          code(
            "IMATRIX=${IMATRIX:?this type needs an importance matrix: llama-imatrix makes one of out/model-bf16.gguf and a text of your own}",
          ),
        ]
      : []),
    code(
      `"\${LLAMA_CPP}/build/bin/llama-quantize" ${needsImatrix ? '--imatrix "${IMATRIX}" ' : ""}out/model-bf16.gguf "out/model-\${TYPE}.gguf" "\${TYPE}"`,
    ),
    code('wc -c "out/model-${TYPE}.gguf"'),
  ];
}
