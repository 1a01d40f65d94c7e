// Speed of the simulation, and where it stands beside the analytic serving model and beside measured
// runs: prints the figures of docs/simulation.md.
// Usage: node scripts/bench-simulate.mjs [speed | agreement | measured]
import { createServer } from "vite";

const RUNS = 5;
const server = await createServer({ logLevel: "error", server: { middlewareMode: true }, appType: "custom" });
const load = (path) => server.ssrLoadModule(path);
const example = await load("/src/core/workload/testing/example-service.ts");
const { simulate } = await load("/src/core/workload/simulate.ts");
const { EXAMPLE_PLAN } = await load("/src/core/domain/parse-plan.ts");

function timed(input, models) {
  const start = performance.now();
  const result = simulate(input, models);
  if (!result.ok) throw new Error(`${result.error.path}: ${result.error.problem}`);
  const seconds = (performance.now() - start) / 1e3;
  return { seconds, ...result.value.simulated };
}

async function speed() {
  const models = await example.exampleModels();
  const tokens = (mean) => ({ kind: "lognormal", mean, coefficientOfVariation: 1, max: 16 * mean });
  const lengths = { kind: "independent", inputTokens: tokens(1024), outputTokens: tokens(1024) };
  for (const clients of [1, 16, 64, 256, 1024]) {
    const input = {
      seed: 1,
      requests: Math.max(2000, 50 * clients),
      workload: { arrivals: { kind: "closed-loop", clients }, lengths, prefix: { kind: "none" } },
      service: example.exampleService({ maxRunningRequests: clients }),
    };
    const runs = Array.from({ length: RUNS }, () => timed(input, models));
    const rates = runs.map((run) => run.outputTokens / run.seconds / 1e6).sort((a, b) => a - b);
    console.log(
      `${String(clients).padStart(5)} in flight: median ${rates[RUNS >> 1].toFixed(1)}, best ${rates.at(-1).toFixed(1)}`,
      `million tokens/s; ${runs[0].events} events for ${(runs[0].outputTokens / 1e6).toFixed(2)} million tokens`,
    );
  }
}

async function agreement() {
  const { layout, cluster, workload } = EXAMPLE_PLAN;
  const eight = { gpus: 8, tp: 8, pp: 1, dpAttention: 1, ep: 1 };
  const spread = { ...eight, dpAttention: 8, ep: 8 };
  const pools = { prefill: eight, decode: eight, prefillReplicas: 1, decodeReplicas: 1 };
  const variants = [
    ["TP8", {}],
    ["TP8, a look every 10 steps", { options: { schedulerInterval: 10 } }],
    ["TP8, three drafts", { speculative: "mtp3" }],
    ["TP8, 8192 in", { workload: { ...workload, inputTokens: 8192 } }],
    ["TP8, vLLM", { engine: "vllm" }],
    [
      "DP8 attention, EP8",
      { layout: { ...layout, dpAttention: 8, ep: 8 }, options: { chunkedPrefill: 16_384 } },
    ],
    [
      "TensorRT-LLM, DP8, gathers for 60 steps",
      {
        engine: "tensorrt-llm",
        layout: { ...layout, dpAttention: 8, ep: 8 },
        options: { schedulerInterval: 60 },
      },
    ],
    ["TensorRT-LLM, gathers for 40 steps", { engine: "tensorrt-llm", options: { schedulerInterval: 40 } }],
    [
      "1 + 1 of DP8",
      {
        cluster: { ...cluster, nodes: 2 },
        layout: { ...layout, disaggregated: { ...pools, prefill: spread, decode: spread } },
        options: { chunkedPrefill: 16_384 },
      },
    ],
    ["1 + 1 of TP8", { cluster: { ...cluster, nodes: 2 }, layout: { ...layout, disaggregated: pools } }],
  ];
  console.log("simulated / analytic, lengths within 20 % of 1024 in, 1024 out");
  for (const [name, change] of variants) {
    for (const concurrency of [1, 16, 64, 256]) {
      const plan = { ...EXAMPLE_PLAN, ...change };
      const asked = { ...plan, workload: { ...plan.workload, concurrency } };
      const c = await example.compareWithAnalytic(asked, { spread: 0.2 });
      console.log(
        `${name.padEnd(40)} ${String(concurrency).padStart(4)} clients: throughput ${c.throughput.toFixed(3)}`,
        `TPOT ${c.tpot.toFixed(3)} TTFT ${c.ttft.toFixed(2)};`,
        `prefill share ${c.simulated.prefillShare.toFixed(3)}, analytic ${c.prediction.point.prefillShare.toFixed(3)}`,
      );
    }
  }
}

async function measured() {
  const { loadMeasurements } = await load("/src/planner-data.ts");
  const errors = { tpot: [], ttft: [], analyticTpot: [], analyticTtft: [] };
  const error = (name, predicted, value) => errors[name].push(Math.abs(predicted / value - 1));
  for (const record of await loadMeasurements()) {
    if (!record.id.startsWith("dsr1_h200_sglang_fp8_agg_")) continue;
    const { workload } = record.plan;
    const { lengthSpread, prompts } = record.runtime;
    const plan = { ...EXAMPLE_PLAN, workload, options: { engineVersion: record.engineVersion } };
    const { simulated: r, prediction } = await example.simulateBenchmark(plan, lengthSpread, prompts);
    const ttft = record.measured.ttftMs.mean;
    const tpot = record.measured.tpotMs.mean;
    error("tpot", r.tpotMs.mean, tpot);
    error("ttft", r.ttftMs.mean, ttft);
    error("analyticTpot", prediction.point.tpotMs, tpot);
    error("analyticTtft", prediction.point.ttftMs, ttft);
    console.log(
      `${workload.inputTokens} in, ${workload.outputTokens} out, ${String(workload.concurrency).padStart(2)} clients:`,
      `TPOT ${r.tpotMs.mean.toFixed(2)} ms, measured ${tpot.toFixed(2)}; TTFT ${r.ttftMs.mean.toFixed(0)} ms, measured ${ttft.toFixed(0)}`,
    );
  }
  for (const [name, values] of Object.entries(errors)) {
    values.sort((a, b) => a - b);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const median = (values[(values.length - 1) >> 1] + values[values.length >> 1]) / 2;
    console.log(`${name}: median error ${(100 * median).toFixed(1)} %, mean ${(100 * mean).toFixed(1)} %`);
  }
}

const PARTS = { speed, agreement, measured };
try {
  for (const [name, part] of Object.entries(PARTS)) {
    if (process.argv[2] === undefined || process.argv[2] === name) await part();
  }
} finally {
  await server.close();
}
