/** serve/router.sh: reads both pools' addresses from serve/env and starts what stands in front of them. */
import { BOOTSTRAP_PORT } from "../engines/disaggregation.ts";
import { scriptHead, type Draft } from "../files/draft.ts";
import { argumentItem } from "../files/serve.ts";
import type { KitIr, Launch } from "../ir.ts";
import { array, blank, block, code, printScript, type ScriptLine } from "../render/shell.ts";
import { PROXY } from "./proxy.ts";

const URLS = ["PREFILL_URLS", "DECODE_URLS"];

interface Script {
  /** Before the arguments, which may name what it sets. */
  readonly before: ScriptLine[];
  readonly after: ScriptLine[];
  readonly more: readonly Draft[];
}

/** Instances of one node count their bootstrap ports up, as their PORT. */
const sglang = (prefillsOnNode: number): Script => ({
  before: [],
  after: block(`
    count=0
    for url in \${PREFILL_URLS//,/ }; do
      args+=(--prefill "\${url}" "$((${BOOTSTRAP_PORT} + count % ${prefillsOnNode}))")
      count=$((count + 1))
    done
    for url in \${DECODE_URLS//,/ }; do args+=(--decode "\${url}"); done
    exec python3 -m sglang_router.launch_router "\${args[@]}"
  `),
  more: [],
});

const vllm = (): Script => ({
  before: [],
  after: block(`
    for url in \${PREFILL_URLS//,/ }; do args+=(--prefill "\${url}"); done
    for url in \${DECODE_URLS//,/ }; do args+=(--decode "\${url}"); done
    exec python3 "\${here}/proxy.py" "\${args[@]}"
  `),
  more: [PROXY],
});

const tensorrt = (): Script => ({
  before: block(`
    # servers POOL URLS: one pool of the router's file, addresses as it wants them
    servers() {
      local url list
      IFS=, read -ra list <<< "$2"
      printf '%s:\\n  num_instances: %d\\n  router:\\n    type: "round_robin"\\n  urls:\\n' "$1" "\${#list[@]}"
      for url in "\${list[@]}"; do
        url=\${url#http://}
        if [[ ! \${url} =~ ^[A-Za-z0-9.-]+:[0-9]+$ ]]; then
          printf '%s is not http://HOST:PORT\\n' "\${url}" >&2
          return 1
        fi
        printf '    - "%s"\\n' "\${url}"
      done
    }
    ROUTER_CONFIG=$(mktemp --suffix=.yaml)
    printf 'hostname: "%s"\\nport: %d\\n' "\${HOST}" "\${PORT}" > "\${ROUTER_CONFIG}"
    servers context_servers "\${PREFILL_URLS}" >> "\${ROUTER_CONFIG}"
    servers generation_servers "\${DECODE_URLS}" >> "\${ROUTER_CONFIG}"
  `).concat(blank),
  after: [code('exec trtllm-serve disaggregated "${args[@]}"')],
  more: [],
});

const SCRIPTS: Readonly<Record<string, (prefillsOnNode: number) => Script>> = {
  sglang,
  vllm,
  "tensorrt-llm": tensorrt,
};

export function routerFiles(whole: KitIr, launch: Launch, prefillsOnNode: number): Draft[] {
  const script = SCRIPTS[whole.engine.id]?.(prefillsOnNode);
  if (!script) throw new Error(`no router for ${whole.engine.id}`);
  const lines: ScriptLine[] = [
    ...scriptHead(whole, "Starts the router in front of both pools", "env"),
    ...URLS.map((name) => code(`: "\${${name}:?set ${name} in serve/env}"`)),
    blank,
    ...script.before,
    ...array("args", launch.arguments.map(argumentItem)),
    ...script.after,
  ];
  return [{ path: "serve/router.sh", executable: true, ...printScript(lines) }, ...script.more];
}

/** Settings of the router besides its own address. */
export const poolEntries = (prefill: Launch, decode: Launch) => [
  {
    name: "PREFILL_URLS",
    value: "",
    because: `http://HOST:${prefill.port} of every prefill instance, node by node, separated by commas`,
  },
  {
    name: "DECODE_URLS",
    value: "",
    because: `http://HOST:${decode.port} of every decode instance, node by node, separated by commas`,
  },
];
