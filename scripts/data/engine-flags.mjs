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
      ].map((name) => [name, name]),
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

function distilFlag(option) {
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
  const choices = (option.choices ?? option.known_values ?? []).filter((x) => typeof x === "string");
  const wanted = choices.length > 0 && option.names.some((name) => CHOICES_OF.has(name));
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

function distil(engine, recipe) {
  const source = readTable(engine);
  const oldest = source.history.versions[0];
  const since = {};
  for (const [name, entry] of Object.entries(source.history.flags)) {
    if (entry.last !== source.history.versions.at(-1) || entry.first === oldest) continue;
    (since[tableVersion(entry.first)] ??= []).push(name);
  }
  const commands = Object.entries(recipe.commands).map(([key, command]) => {
    const flags = source.commands[key].map((option) => asText(engine, distilFlag(option)));
    const merged = recipe.merge?.[key];
    const known = new Set(flags.flatMap((flag) => flag.names));
    const added = merged ? merged.flags.filter((flag) => !known.has(flag.names[0])) : [];
    return { command, ...(merged ? { source: merged.source } : {}), flags: [...flags, ...added] };
  });
  return {
    engine,
    repository: source.repo.split(" ")[0],
    commit: source.commit.split(" ")[0],
    version: tableVersion(source.history.versions.at(-1)),
    date: source.date.slice(0, 10),
    versions: source.history.versions.map(tableVersion),
    commands: [...commands, ...recipe.extra],
    since,
    environment: source.env,
    configKeys: Object.fromEntries(
      recipe.configKeys.map((flag) => [flag, Object.keys(source.config_keys[flag])]),
    ),
    removedFlags: removed(source.history, recipe.instead),
    removedEnvironment: source.env_history ? removed(source.env_history) : [],
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
for (const [engine, recipe] of Object.entries(ENGINES)) {
  const text = print(distil(engine, recipe));
  JSON.parse(text);
  writeFileSync(join(out, `${engine}.json`), text);
  console.log(`${engine}: ${(text.length / 1e3).toFixed(1)} kB`);
}
