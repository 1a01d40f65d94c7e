import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { SimulateAnswer } from "../../core/domain/plan-simulation.ts";
import { run } from "../run.ts";

const folder = mkdtempSync(join(tmpdir(), "fathom-simulate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const LINK = "1.AKOmv0N7fQ";

async function simulate(...args: string[]) {
  const said = { out: "", err: "" };
  const code = await run(["simulate", ...args], {
    stdin: () => Promise.resolve(""),
    stdinLines: async function* () {},
    out: (text) => {
      said.out += text;
      return Promise.resolve();
    },
    err: (text) => {
      said.err += text;
    },
  });
  return { code, ...said };
}

function write(name: string, rows: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, rows.join("\n"));
  return path;
}

const TIMED = write("trace.csv", [
  "time,input_tokens,output_tokens",
  ...Array.from(
    { length: 1200 },
    (_, i) => `${1_700_000_000 + i * 2},${200 + (i % 7) * 300},${20 + (i % 11) * 40}`,
  ),
]);

describe("fathom simulate", () => {
  it("plays a trace and sizes replicas", async () => {
    const args = [LINK, "--trace", TIMED, "--json", "--target", "p99:ttft:2000"];
    const { code, out, err } = await simulate(...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { simulation, replicas } = JSON.parse(out) as SimulateAnswer;
    expect(simulation.load).toMatchObject({ kind: "trace", requests: 1200 });
    expect(simulation.result.ttftMs?.p99).toBeGreaterThan(simulation.result.ttftMs?.p50 ?? Infinity);
    expect(replicas?.replicas).toBe(1);
  });

  it("prints percentiles beside what the average claims", async () => {
    const { out } = await simulate(LINK, "--trace", TIMED, "--requests", "300", "--seed", "7");
    expect(out).toMatch(/^300 requests at .* a second, .* simulated, seed 7/);
    expect(out).toMatch(/p99\s+the estimate\s+the average claims/);
    expect(out).toContain("requests within the SLO");
  });

  it("takes the lengths of a file without times", async () => {
    const path = write("lengths.jsonl", [
      ...Array.from({ length: 200 }, (_, i) =>
        JSON.stringify({ prompt_tokens: 100 + 10 * i, completion_tokens: 50 + i }),
      ),
    ]);
    const { code, out } = await simulate(LINK, "--trace", path, "--json", "--requests", "500");
    expect(code).toBe(0);
    const { simulation } = JSON.parse(out) as SimulateAnswer;
    expect(simulation.load).toMatchObject({ kind: "process", requests: 500, requestsPerSecond: null });
    expect(simulation.load.meanOutputTokens).toBeCloseTo(150, -1);
    expect(simulation.result.endToEndMs?.p99).toBeGreaterThan(
      1.2 * (simulation.result.endToEndMs?.p50 ?? Infinity),
    );
  });

  it.each([
    [[LINK, "--target", "p98:ttft:2000"], /^--target: expected e\.g\. p99:ttft:2000/],
    [[LINK, "--seed", "-1"], /^(--seed|arguments): /],
    [[LINK, "--requests", "0"], /^requests: /],
    [[LINK, "--trace", join(folder, "none.csv")], /no such file/],
    [[], /^PLAN: required/],
  ])("refuses %j with one line", async (args, message) => {
    const { code, out, err } = await simulate(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
    expect(err).not.toContain("\n");
  });

  it("says what a plan that does not fit lacks, and answers 3", async () => {
    const plan = {
      version: 1,
      goal: "serve",
      model: "deepseek-v3-0324",
      weights: "fp8",
      engine: "sglang",
      cluster: { accelerator: "h100-sxm", acceleratorsPerNode: 8, nodes: 1 },
      workload: { inputTokens: 1024, outputTokens: 1024, concurrency: 4 },
    };
    const { code, err } = await simulate(write("small.json", [JSON.stringify(plan)]));
    expect(code).toBe(3);
    expect(err).toContain("memory");
  });
});
