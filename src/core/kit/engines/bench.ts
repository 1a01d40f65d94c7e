/** The engines' own benchmark clients at the plan's workload. */
import type { Argument, Bench, KitIr } from "../ir.ts";
import { join, variable, type Word } from "../render/shell.ts";
import { argument, count, counted, flagOnly } from "./arguments.ts";

/** Requests per benchmark: enough rounds that ramp-up and drain weigh little, at least 32. */
export function benchRequests(ir: KitIr): number {
  return Math.max(32, 5 * Math.max(1, ir.running.count));
}

function load(ir: KitIr): readonly Argument[] {
  const { concurrency, requestsPerSecond } = ir.plan.workload;
  if (concurrency !== undefined) {
    const share = Math.max(1, Math.ceil(concurrency / ir.placement.replicas));
    return [argument("--max-concurrency", share, `plan: ${counted(concurrency, "user")}`)];
  }
  return [
    argument("--request-rate", requestsPerSecond ?? 1, `plan: ${requestsPerSecond ?? 1} requests/s arrive`),
  ];
}

function lengths(ir: KitIr, ratio: string, ratioReason: string): readonly Argument[] {
  const { inputTokens, outputTokens } = ir.plan.workload;
  const requests = benchRequests(ir);
  return [
    argument("--random-input-len", inputTokens, `plan: ${count(inputTokens)} tokens in`),
    argument("--random-output-len", outputTokens, `plan: ${count(outputTokens)} tokens out`),
    argument("--random-range-ratio", ratio, ratioReason),
    argument("--num-prompts", requests, `${count(requests)} requests: at least five rounds`),
    argument("--seed", 1, "the same prompts every time"),
  ];
}

export function servingBench(ir: KitIr, checkpoint: Word = variable("MODEL_DIR")): Bench {
  return {
    command: "python3 -m sglang.bench_serving",
    program: ["python3", "-m", "sglang.bench_serving"],
    arguments: [
      argument("--backend", "sglang", "the engine's own protocol"),
      argument("--host", variable("BENCH_HOST"), "where the server listens"),
      argument("--port", variable("PORT"), "from serve/env"),
      argument("--model", checkpoint, "the same weights folder"),
      argument("--tokenizer", checkpoint, "tokens are counted with the model's own tokenizer"),
      argument("--dataset-name", "random-ids", "random token ids: no dataset to fetch, no prefix hits"),
      ...lengths(ir, "1.0", "every request has exactly these lengths"),
      ...load(ir),
      argument("--output-file", variable("RESULT"), "read by compare.py"),
    ],
    format: "sglang",
    standalone: false,
    toFile: false,
  };
}

export function vllmBench(ir: KitIr): Bench {
  return {
    command: "vllm bench serve",
    program: ["vllm", "bench", "serve"],
    arguments: [
      argument("--backend", "vllm", "the completions protocol"),
      argument("--host", variable("BENCH_HOST"), "where the server listens"),
      argument("--port", variable("PORT"), "from serve/env"),
      argument("--model", ir.plan.model, "the name that the server answers to"),
      argument("--tokenizer", variable("MODEL_DIR"), "tokens are counted with the model's own tokenizer"),
      argument("--dataset-name", "random", "random tokens: no dataset to fetch, no prefix hits"),
      ...lengths(ir, "0.0", "no spread: every request has exactly these lengths"),
      flagOnly("--ignore-eos", "the whole output length is generated"),
      ...load(ir),
      flagOnly("--save-result", "read by compare.py"),
      argument("--result-dir", variable("RESULT_DIR"), "beside the kit"),
      argument("--result-filename", variable("RESULT_NAME"), "read by compare.py"),
    ],
    format: "vllm",
    standalone: false,
    toFile: false,
  };
}

export function tensorrtBench(ir: KitIr): Bench {
  return {
    command: "python3 -m tensorrt_llm.serve.scripts.benchmark_serving",
    program: ["python3", "-m", "tensorrt_llm.serve.scripts.benchmark_serving"],
    arguments: [
      argument("--backend", "openai", "the completions protocol"),
      argument("--host", variable("BENCH_HOST"), "where the server listens"),
      argument("--port", variable("PORT"), "from serve/env"),
      argument("--model", ir.plan.model, "the name that the server answers to"),
      argument("--tokenizer", variable("MODEL_DIR"), "tokens are counted with the model's own tokenizer"),
      flagOnly("--trust-remote-code", "the checkpoint ships its own config class"),
      argument("--dataset-name", "random", "random tokens, no prefix hits"),
      flagOnly("--random-ids", "random token ids: no dataset to fetch"),
      flagOnly("--tokenize-on-client", "the server reads exactly this many tokens"),
      ...lengths(ir, "0.0", "no spread: every request has exactly these lengths"),
      flagOnly("--ignore-eos", "the whole output length is generated"),
      ...load(ir),
      flagOnly("--save-result", "read by compare.py"),
      argument("--result-dir", variable("RESULT_DIR"), "beside the kit"),
      argument("--result-filename", variable("RESULT_NAME"), "read by compare.py"),
    ],
    format: "vllm",
    standalone: false,
    toFile: false,
  };
}

/** The kit's own client.py, for engines that ship none. */
export function openAiBench(ir: KitIr): Bench {
  const { inputTokens, outputTokens, concurrency, requestsPerSecond } = ir.plan.workload;
  const requests = benchRequests(ir);
  const share = Math.max(1, Math.ceil((concurrency ?? 1) / ir.placement.replicas));
  return {
    command: "client.py",
    program: ["python3", join(variable("here"), "/client.py")],
    arguments: [
      argument(
        "--url",
        join("http://", variable("BENCH_HOST"), ":", variable("PORT")),
        "where the server listens",
      ),
      argument("--model", ir.plan.model, "the name that the server answers to"),
      argument("--input-tokens", inputTokens, `plan: ${count(inputTokens)} tokens in`),
      argument("--output-tokens", outputTokens, `plan: ${count(outputTokens)} tokens out`),
      argument("--requests", requests, `${count(requests)} requests: at least five rounds`),
      concurrency === undefined
        ? argument("--rate", requestsPerSecond ?? 1, `plan: ${requestsPerSecond ?? 1} requests/s arrive`)
        : argument("--concurrency", share, `plan: ${counted(concurrency, "user")}`),
      argument("--seed", 1, "the same prompts every time"),
      argument("--result", variable("RESULT"), "read by compare.py"),
    ],
    format: "vllm",
    standalone: false,
    toFile: false,
    ownClient: true,
  };
}
