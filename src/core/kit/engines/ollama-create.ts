/** serve/create.sh: the model of the Modelfile in the running server, then loaded. */
import type { KitIr, LaunchScript } from "../ir.ts";
import { array, assign, block, code, join, printScript, variable, type ArrayItem } from "../render/shell.ts";
import { loadTime, scriptHead } from "../files/draft.ts";

export function createScript(ir: KitIr): LaunchScript {
  const origin = ir.origin.kind === "convert" ? ir.origin : undefined;
  const byOllama = origin?.engineQuantizes === true;
  const folder = variable(byOllama ? "WORK_DIR" : "MODEL_DIR");
  const { limitSeconds, because } = loadTime(ir);
  const items: ArrayItem[] = [
    { words: [ir.plan.model], because: "the name that clients send" },
    {
      words: ["-f", join(folder, "/Modelfile")],
      because: "beside the weights: FROM is read from the Modelfile's own folder",
    },
    ...(byOllama
      ? [
          {
            words: ["-q", origin.manifest.type],
            because: `${ir.weights.name}: a type that Ollama makes by itself`,
          },
        ]
      : []),
  ];
  const lines = [
    ...scriptHead(ir, "Makes the model in the running server and loads it", "env"),
    ...block(`
      export OLLAMA_HOST="127.0.0.1:\${PORT}"
      base="http://\${OLLAMA_HOST}"
      SECONDS=0
      until curl -fsS -o /dev/null "\${base}/api/version" 2> /dev/null; do
        if [ "\${SECONDS}" -gt 60 ]; then
          printf 'no server at %s: start it first\\n' "\${base}" >&2
          exit 1
        fi
        sleep 1
      done
    `),
    assign("folder", folder),
    code('cp -- "${here}/Modelfile" "${folder}/Modelfile"'),
    ...array("args", items),
    code('ollama create "${args[@]}"'),
    ...(byOllama ? verifyBlob(ir.plan.model, origin.manifest.splits[0]?.file ?? "") : []),
    assign("question", JSON.stringify({ model: ir.plan.model, keep_alive: -1 })),
    { text: `limit=${limitSeconds}`, because },
    ...block(`
      curl -fsS --max-time "\${limit}" -d "\${question}" "\${base}/api/generate" > /dev/null
      printf 'loaded after %s s\\n' "\${SECONDS}"
    `),
  ];
  return { path: "serve/create.sh", executable: true, ...printScript(lines) };
}

/** What Ollama quantized, held against the manifest: its copy gets the name that verify.sh looks for. */
function verifyBlob(model: string, file: string) {
  return [
    assign("model", model),
    assign("file", file),
    ...block(`
      blob=$(ollama show --modelfile "\${model}" | sed -n 's/^FROM //p' | head -n 1)
      if [ -r "\${blob}" ]; then
        ln -sfn -- "\${blob}" "\${MODEL_DIR}/\${file}"
        "\${here}/../convert/verify.sh"
      else
        printf 'WARN  %s cannot be read from here: its tensors are not checked\\n' "\${blob}"
      fi
    `),
  ];
}
