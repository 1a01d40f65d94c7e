/**
 * Distils planner-data/engines/flags/<engine>.json from tables that were parsed out of the engines' sources.
 *
 *   node scripts/data/engine-flags.mjs <folder with *.flags.json>
 *
 * Keeps what kits and their checks need: names, whether a value follows, choices, versions. Help prose stays out.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const raw = process.argv[2];
if (!raw) {
  console.error("usage: node scripts/data/engine-flags.mjs <folder with *.flags.json>");
  process.exit(2);
}
const out = fileURLToPath(new URL("../../planner-data/engines/flags/", import.meta.url));

/** Options of clients that the tables leave to the datasets module; read from the named source. */
const BENCH_SERVING = {
  command: "python3 -m sglang.bench_serving",
  source: "sgl-project/sglang 00f9ec472ffef82714c0407b842ccb5bd254d130 python/sglang/benchmark/serving.py",
  flags: [
    one("--backend"),
    one("--base-url"),
    one("--host"),
    one("--port", "int"),
    {
      names: ["--dataset-name"],
      choices: ["sharegpt", "custom", "openai", "random", "random-ids", "generated-shared-prefix"],
    },
    one("--dataset-path"),
    one("--model"),
    one("--served-model-name"),
    one("--tokenizer"),
    one("--num-prompts", "int"),
    one("--random-input-len", "int"),
    one("--random-output-len", "int"),
    one("--random-range-ratio", "float"),
    one("--request-rate", "float"),
    one("--max-concurrency", "int"),
    one("--output-file"),
    one("--seed", "int"),
    { names: ["--disable-tqdm"], value: "none" },
    { names: ["--disable-ignore-eos"], value: "none" },
  ],
};
const VLLM_DATASET = {
  source: "vllm-project/vllm 237145ea190a901f93c570f157091fe43835bc63 vllm/benchmarks/datasets/arg_utils.py",
  flags: [
    one("--seed", "int"),
    one("--num-prompts", "int"),
    {
      names: ["--dataset-name"],
      choices: ["sharegpt", "burstgpt", "sonnet", "random", "hf", "custom", "prefix_repetition"],
    },
    one("--dataset-path"),
    one("--random-input-len", "int"),
    one("--random-output-len", "int"),
    one("--random-range-ratio", "float"),
    one("--random-prefix-len", "int"),
  ],
};

const TRTLLM_BENCH = {
  command: "python3 -m tensorrt_llm.serve.scripts.benchmark_serving",
  source:
    "NVIDIA/TensorRT-LLM 0228a71223416496ff056a157936bad2e42c762f tensorrt_llm/serve/scripts/benchmark_serving.py",
  flags: [
    one("--backend"),
    one("--base-url"),
    one("--host"),
    one("--port", "int"),
    one("--endpoint"),
    {
      names: ["--dataset-name"],
      choices: ["sharegpt", "burstgpt", "sonnet", "random", "random_image", "hf", "trtllm_custom"],
    },
    one("--dataset-path"),
    one("--max-concurrency", "int"),
    one("--model"),
    one("--tokenizer"),
    one("--num-prompts", "int"),
    one("--request-rate", "float"),
    one("--seed", "int"),
    { names: ["--trust-remote-code"], value: "none" },
    { names: ["--save-result"], value: "none" },
    one("--result-dir"),
    one("--result-filename"),
    { names: ["--ignore-eos"], value: "none" },
    one("--random-input-len", "int"),
    one("--random-output-len", "int"),
    one("--random-range-ratio", "float"),
    one("--random-prefix-len", "int"),
    { names: ["--random-ids"], value: "none" },
    { names: ["--tokenize-on-client"], value: "none" },
    one("--served-model-name"),
    { names: ["--no-test-input"], value: "none" },
  ],
};
/**
 * What `trtllm-serve disaggregated` reads of its file about servers that somebody else starts:
 * NVIDIA/TensorRT-LLM 0228a71223416496ff056a157936bad2e42c762f tensorrt_llm/llmapi/disagg_utils.py
 */
const TRTLLM_ROUTER_KEYS = [
  "hostname",
  "port",
  ...["context_servers", "generation_servers"].flatMap((pool) =>
    ["num_instances", "urls", "router.type"].map((key) => `${pool}.${key}`),
  ),
];
/** Keys of TensorRT-LLM's configuration whose choices kits pick from. */
const TRTLLM_PICKED = new Set([
  "cache_transceiver_config.backend",
  "kv_cache_config.dtype",
  "moe_config.backend",
  "speculative_config.decoding_type",
  "scheduler_config.capacity_scheduler_policy",
]);

/** Options whose choices kits pick from; the others' lists would only weigh on the page. */
const CHOICES_OF = new Set(
  (
    "--dtype --quantization --kv-cache-dtype --attention-backend --moe-a2a-backend --all2all-backend " +
    "--backend --dataset-name --load-mode --flash-attn --cache-type-k --cache-type-v --numa --split-mode --fit " +
    "--outtype --output-format --load-format --distributed-executor-backend"
  ).split(" "),
);

const ENGINES = {
  sglang: {
    commands: {
      "python -m sglang.launch_server": "python3 -m sglang.launch_server",
      "python -m sglang_router.launch_router": "python3 -m sglang_router.launch_router",
    },
    extra: [BENCH_SERVING],
    configKeys: [],
    instead: {
      "--enable-ep-moe": "--ep-size",
      "--enable-deepep-moe": "--moe-a2a-backend deepep",
      "--disable-mla": "nothing: MLA is always on",
      "--enable-flashmla": "--attention-backend flashmla",
      "--enable-flashinfer-mla": "--attention-backend flashinfer",
    },
  },
  vllm: {
    commands: { "vllm serve": "vllm serve", "vllm bench serve": "vllm bench serve" },
    merge: { "vllm bench serve": VLLM_DATASET },
    extra: [],
    configKeys: ["--speculative-config", "--eplb-config"],
    instead: {
      "--num-scheduler-steps": "nothing: the engine schedules every step",
      "--swap-space": "nothing: preempted requests are recomputed",
      "--speculative-model": "--speculative-config",
      "--num-speculative-tokens": "--speculative-config",
      "--task": "--runner",
    },
  },
  "llama.cpp": {
    commands: Object.fromEntries(
      [
        "llama-server",
        "llama-bench",
        "llama-batched-bench",
        "llama-quantize",
        "llama-gguf-split",
        "llama-imatrix",
        "rpc-server",
        "convert_hf_to_gguf.py",
        // The build's own name of the program since it lies under tools/rpc.
      ].map((name) => [name, name === "rpc-server" ? "ggml-rpc-server" : name]),
    ),
    extra: [],
    configKeys: [],
    instead: {
      "--no-mmap": "--load-mode none",
      "--mmap": "--load-mode mmap",
      "--mlock": "--load-mode mlock",
      "--direct-io": "--load-mode dio",
      "-dio": "--load-mode dio",
    },
  },
  "tensorrt-llm": {
    // Read between two release candidates of 1.3.0: no release has a table of its own.
    version: "1.3.0rc+api-stability",
    date: "2026-08-01",
    commands: {
      "trtllm-serve serve": "trtllm-serve",
      "trtllm-serve disaggregated": "trtllm-serve disaggregated",
    },
    extra: [TRTLLM_BENCH],
    choices: ["--kv_cache_dtype", "--schedule_style"],
    settings: (keys) => ({
      "--config": Object.values(keys).flatMap((group) => Object.keys(group)),
      "--config_file": TRTLLM_ROUTER_KEYS,
    }),
    settingChoices: (keys) =>
      Object.fromEntries(
        Object.values(keys).flatMap((group) =>
          Object.entries(group).flatMap(([key, { choices }]) =>
            choices && TRTLLM_PICKED.has(key) ? [[key, choices]] : [],
          ),
        ),
      ),
    instead: {},
  },
  "ik_llama.cpp": {
    version: "main-2026-08-15",
    commands: {
      "llama-server / llama-cli / llama-perplexity (shared gpt_params)": "llama-server",
      "rpc-server": "rpc-server",
    },
    again: { "llama-batched-bench": "llama-server / llama-cli / llama-perplexity (shared gpt_params)" },
    extra: [],
    settings: (keys) => ({ quantizeTypes: Object.keys(keys.quantize_types) }),
    removedFlags: [{ name: "-fmoe", instead: "nothing: on unless -no-fmoe" }],
  },
  ollama: {
    commands: { ollama: "ollama", "ollama create": "ollama create", "ollama show": "ollama show" },
    extra: [{ command: "ollama serve", flags: [] }],
    first: "ollama serve",
    settings: (keys) => ({
      Modelfile: Object.keys(keys.modelfile_instructions),
      PARAMETER: Object.keys(keys.modelfile_parameters),
      "--quantize": Object.keys(keys.create_quantize_types),
    }),
    instead: {},
  },
  ktransformers: {
    // Five commits after the release.
    version: "0.7.0+5",
    date: "2026-07-15",
    commands: {
      "python -m sglang.launch_server (kvcache-ai fork, sglang-kt)": "python3 -m sglang.launch_server",
    },
    extra: [BENCH_SERVING],
    choices: ["--kt-expert-placement-strategy"],
    settings: () => ({}),
    instead: {},
  },
  mlx: {
    file: "mlx-lm",
    // The tree after the tag, before 0.32.0.
    version: "0.31.3+2026-08-22",
    commands: Object.fromEntries(
      ["mlx_lm.server", "mlx_lm.convert", "mlx_lm.benchmark", "mlx.launch"].map((name) => [name, name]),
    ),
    extra: [],
    choices: ["--q-mode"],
    settings: () => ({}),
    instead: {},
  },
  lmdeploy: {
    commands: Object.fromEntries(
      ["lmdeploy serve api_server", "lmdeploy serve proxy"].map((name) => [name, name]),
    ),
    extra: [],
    choices: [
      "--model-format",
      "--speculative-algorithm",
      "--role",
      "--serving-strategy",
      "--routing-strategy",
    ],
    settings: () => ({}),
    instead: {},
  },
};

function one(name, type) {
  return type ? { names: [name], type } : { names: [name] };
}

/** `v0.5.18` → `0.5.18`; `main@2026-06-23(v0.24.0 branch base)` → `0.24.0`; other snapshots keep their name. */
function tableVersion(label) {
  const base = /\(v([\d.]+) branch base\)/.exec(label);
  if (base) return base[1];
  const release = /^v(\d[\w.]*)/.exec(label);
  return release ? release[1] : label;
}

/** The tables are Python's JSON: an infinite default is no value here. */
function readTable(engine) {
  return JSON.parse(
    readFileSync(join(raw, `${engine}.flags.json`), "utf8").replaceAll(/: -?Infinity\b/g, ": null"),
  );
}

function distilFlag(option, more = []) {
  const many = option.nargs === "+" || option.nargs === "*";
  const value =
    option.takes_value === true
      ? many
        ? "many"
        : "one"
      : option.takes_value === "optional"
        ? "optional"
        : "none";
  const flag = { names: [...option.names], ...(value === "one" ? {} : { value }) };
  if (option.type === "int" || option.type === "float") flag.type = option.type;
  if (typeof option.type === "string" && option.type.startsWith("json")) flag.type = "json";
  const listed = option.choices ?? option.known_values ?? [];
  const choices = Array.isArray(listed) ? listed.filter((x) => typeof x === "string") : [];
  const wanted =
    choices.length > 0 && option.names.some((name) => CHOICES_OF.has(name) || more.includes(name));
  if (value !== "none" && wanted) flag.choices = choices;
  if (option.deprecated_alias_of) flag.deprecatedFor = option.deprecated_alias_of;
  else if (option.deprecated) flag.deprecatedFor = "";
  return flag;
}

/** llama.cpp's numeric lists (`-ts 3,2`, `-ngl all`) are declared as numbers but read as text. */
function asText(engine, flag) {
  if (
    engine === "llama.cpp" &&
    flag.names.some((n) => ["-ts", "-ngl", "-fitt", "-p", "-n", "-d"].includes(n))
  ) {
    delete flag.type;
  }
  return flag;
}

function removed(history, instead = {}) {
  const last = history.versions.at(-1);
  return Object.entries(history.flags)
    .filter(([, entry]) => entry.last !== last)
    .map(([name, entry]) => {
      const row = { name, first: tableVersion(entry.first), last: tableVersion(entry.last) };
      return instead[name] ? { ...row, instead: instead[name] } : row;
    });
}

/** Versions of the server's options: parsed ones, the environment's, or the one label of a single table. */
function historyOf(source, recipe) {
  if (source.history) return source.history;
  return { versions: source.env_history?.versions ?? [recipe.version], flags: {} };
}

function sinceVersions(history) {
  const since = {};
  for (const [name, entry] of Object.entries(history.flags)) {
    if (entry.last !== history.versions.at(-1) || entry.first === history.versions[0]) continue;
    (since[tableVersion(entry.first)] ??= []).push(name);
  }
  return since;
}

function distilCommands(engine, source, recipe) {
  const flagsOf = (key) =>
    source.commands[key].map((option) => asText(engine, distilFlag(option, recipe.choices)));
  const commands = Object.entries(recipe.commands).map(([key, command]) => {
    const flags = flagsOf(key);
    const merged = recipe.merge?.[key];
    const known = new Set(flags.flatMap((flag) => flag.names));
    const added = merged ? merged.flags.filter((flag) => !known.has(flag.names[0])) : [];
    return { command, ...(merged ? { source: merged.source } : {}), flags: [...flags, ...added] };
  });
  const again = Object.entries(recipe.again ?? {}).map(([command, key]) => ({
    command,
    flags: flagsOf(key),
  }));
  const all = [...commands, ...again, ...recipe.extra];
  const first = all.find(({ command }) => command === recipe.first);
  return first ? [first, ...all.filter((command) => command !== first)] : all;
}

function distil(engine, recipe) {
  const source = readTable(recipe.file ?? engine);
  const history = historyOf(source, recipe);
  const byHand = (recipe.removedFlags ?? []).map((row) => ({ ...row, first: "", last: "" }));
  return {
    engine,
    repository: source.repo.split(" ")[0],
    commit: /[0-9a-f]{40}/.exec(source.commit)?.[0] ?? source.commit,
    version: tableVersion(history.versions.at(-1)),
    date: recipe.date ?? source.date.slice(0, 10),
    versions: history.versions.map(tableVersion),
    commands: distilCommands(engine, source, recipe),
    since: sinceVersions(history),
    environment: source.env,
    configKeys: recipe.settings
      ? recipe.settings(source.config_keys)
      : Object.fromEntries(recipe.configKeys.map((flag) => [flag, Object.keys(source.config_keys[flag])])),
    ...(recipe.settingChoices ? { settingChoices: recipe.settingChoices(source.config_keys) } : {}),
    removedFlags: [...removed(history, recipe.instead), ...byHand],
    removedEnvironment: source.env_history ? removed(source.env_history) : [],
  };
}

/** Programs that start the engines on clusters. Options that nobody confirmed (Ray's) stay out. */
const LAUNCHERS = {
  slurm: { commands: ["sbatch", "srun"], version: (source) => source.version.split(" ")[0] },
  ray: { commands: ["ray start", "ray stop"], version: () => "docs of 2026", commit: "documentation, 2026" },
};

function distilLauncher(engine, recipe) {
  const source = readTable(engine);
  const version = recipe.version(source);
  return {
    engine,
    repository: source.repo.split(" ")[0],
    commit: recipe.commit ?? source.commit,
    version,
    date: source.date,
    versions: [version],
    commands: recipe.commands.map((command) => ({
      command,
      flags: source.commands[command].filter((option) => option.confirmed !== false).map(distilFlag),
    })),
    since: {},
    environment: source.env,
    configKeys: {},
    removedFlags: [],
    removedEnvironment: [],
  };
}

/** One flag a line: small, and a change reads well in a diff. */
function print(table) {
  const rows = (list, indent) => list.map((row) => indent + JSON.stringify(row)).join(",\n");
  const { commands, removedFlags, removedEnvironment, ...head } = table;
  const fields = Object.entries(head).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  const programs = commands.map(
    ({ flags, ...program }) =>
      `    {${JSON.stringify(program).slice(1, -1)}, "flags": [\n${rows(flags, "      ")}\n    ]}`,
  );
  fields.push(`  "commands": [\n${programs.join(",\n")}\n  ]`);
  fields.push(`  "removedFlags": [\n${rows(removedFlags, "    ")}\n  ]`);
  fields.push(
    removedEnvironment.length === 0
      ? `  "removedEnvironment": []`
      : `  "removedEnvironment": [\n${rows(removedEnvironment, "    ")}\n  ]`,
  );
  return `{\n${fields.join(",\n")}\n}\n`;
}

mkdirSync(out, { recursive: true });
const tables = {
  ...Object.fromEntries(Object.entries(ENGINES).map(([engine, recipe]) => [engine, distil(engine, recipe)])),
  ...Object.fromEntries(
    Object.entries(LAUNCHERS).map(([engine, recipe]) => [engine, distilLauncher(engine, recipe)]),
  ),
};
for (const [engine, table] of Object.entries(tables)) {
  const text = print(table);
  JSON.parse(text);
  writeFileSync(join(out, `${engine}.json`), text);
  console.log(`${engine}: ${(text.length / 1e3).toFixed(1)} kB`);
}
