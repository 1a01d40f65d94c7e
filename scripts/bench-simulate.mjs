// Simulated output tokens per second of wall time, with the step model of the example plan.
// Usage: node scripts/bench-simulate.mjs
import { createServer } from "vite";

const server = await createServer({ logLevel: "error", server: { middlewareMode: true }, appType: "custom" });
try {
  const load = (path) => server.ssrLoadModule(path);
  const { exampleModels, exampleService } = await load("/src/core/workload/testing/example-service.ts");
  const { simulate } = await load("/src/core/workload/simulate.ts");
  const models = await exampleModels();
  const tokens = (mean) => ({ kind: "lognormal", mean, coefficientOfVariation: 1, max: 16 * mean });
  const lengths = { kind: "independent", inputTokens: tokens(1024), outputTokens: tokens(1024) };
  for (const clients of [1, 16, 64, 256, 1024]) {
    const input = {
      seed: 1,
      requests: Math.max(2000, 50 * clients),
      workload: { arrivals: { kind: "closed-loop", clients }, lengths, prefix: { kind: "none" } },
      service: exampleService({ maxRunningRequests: clients }),
    };
    simulate({ ...input, requests: 200 }, models);
    const start = performance.now();
    const result = simulate(input, models);
    const seconds = (performance.now() - start) / 1e3;
    if (!result.ok) throw new Error(`${result.error.path}: ${result.error.problem}`);
    const { outputTokens, events } = result.value.simulated;
    console.log(
      `${String(clients).padStart(5)} in flight: ${(outputTokens / seconds / 1e6).toFixed(1).padStart(6)} M tokens/s,`,
      `${events} events in ${(seconds * 1e3).toFixed(0)} ms, ${(events / seconds / 1e6).toFixed(2)} M events/s`,
    );
  }
} finally {
  await server.close();
}
