/** The fine-tuning model beside published runs. Prints every error; the bars are the project's. */
import { describe, expect, it } from "vitest";
import { catalog, loadMeasurements } from "../../../planner-data.ts";
import { keptActivations, logitBytes } from "./activations.ts";
import { evaluateFinetune } from "./evaluate-finetune.ts";
import { FINETUNE } from "./parameters.ts";
import { stepTime } from "./step-time.ts";
import { cluster, planOf } from "./testing/plan-of.ts";

const records = await loadMeasurements();
const V3 = catalog.models.get("deepseek-v3")?.architecture;
if (!V3) throw new Error("deepseek-v3 is not catalogued");
const architecture = V3;

const median = (list: readonly number[]) =>
  [...list].sort((x, y) => x - y)[Math.floor(list.length / 2)] ?? NaN;
const signed = (error: number) => `${error >= 0 ? "+" : ""}${(error * 100).toFixed(1)} %`;

/** PP, EP and global batch of Megatron-Bridge's recipes, docs/performance-summary.md; unstated ones as in the next release. */
const RECIPES: Readonly<Record<string, { pp: number; ep: number; tp?: number }>> = {
  gb300: { pp: 2, ep: 32 },
  gb200: { pp: 4, ep: 64 },
  "b300-sxm": { pp: 8, ep: 8 },
  "b200-sxm": { pp: 16, ep: 8 },
  "h100-sxm": { pp: 8, ep: 64, tp: 2 },
};

describe("throughput of published runs", () => {
  it("is within 25 % in the median over Megatron-Bridge's runs, which the slowdowns are fitted on (in-sample)", () => {
    const byPlatform = new Map<string, number[]>();
    for (const record of records) {
      if (!record.id.startsWith("FTM-")) continue;
      const { plan: stated, measured } = record as unknown as {
        plan: {
          cluster: { accelerator: string; acceleratorsPerNode?: number; nodes?: number };
          weights?: string;
        };
        measured: Record<string, number>;
      };
      const id = stated.cluster.accelerator;
      const recipe = RECIPES[id];
      const accelerator = catalog.accelerators.get(id);
      const tokens = measured["tokensPerSecondPerAccelerator"] ?? measured["totalTokensPerSecond"];
      if (!recipe || !accelerator || tokens === undefined) continue;
      const gpus = id === "h100-sxm" ? 1024 : 256;
      const perGpu = tokens > 50_000 ? tokens / gpus : tokens;
      const perNode = id.startsWith("gb") ? 4 : 8;
      const plan = planOf({
        method: "full",
        base: /bf16/i.test(stated.weights ?? "") ? "bf16" : "fp8",
        framework: "megatron-bridge",
        cluster: cluster(id, gpus / perNode, perNode),
        layout: recipe,
        training: { sequenceTokens: 4096, globalBatch: 4096, recompute: "selective" },
      });
      const { parts } = stepTime(plan, { architecture, accelerator, trainable: 671e9, mtp: true });
      const seconds = parts.reduce((sum, part) => sum + part.seconds, 0);
      const predicted = (4096 * 4096) / seconds / gpus;
      const error = predicted / perGpu - 1;
      console.log(
        `${record.id} ${id} ${plan.base}: ${perGpu.toFixed(0)} measured, ${predicted.toFixed(0)} predicted, ${signed(error)}`,
      );
      byPlatform.set(id, [...(byPlatform.get(id) ?? []), error]);
    }
    const all = [...byPlatform.values()].flat();
    for (const [id, errors] of byPlatform)
      console.log(
        `${id}: median ${signed(median(errors))}, absolute ${signed(median(errors.map(Math.abs)))}, ${errors.length} runs`,
      );
    console.log(`all: absolute median ${signed(median(all.map(Math.abs)))} of ${all.length}`);
    expect(all.length).toBeGreaterThanOrEqual(18);
    expect(median(all.map(Math.abs))).toBeLessThanOrEqual(0.25);
  });

  it("is that of KTransformers' run on two Xeon 8488C within 25 %, whose rates its own authors gave (in-sample)", () => {
    const plan = planOf({
      framework: "ktransformers",
      base: "int8",
      adapters: { ranks: { q_a: 8, q_b: 8, kv_a: 8, kv_b: 8, o: 8 } },
      cluster: cluster("rtx-4090", 1, 1, { host: "xeon-4th-2s", hostMemoryGiB: 2048 }),
      training: { sequenceTokens: 512, globalBatch: 16, recompute: "none" },
    });
    const answer = evaluateFinetune(plan, { catalog });
    const seconds = answer.performance?.stepSeconds.value ?? NaN;
    console.log(`FTK-01: 203 s measured, ${seconds.toFixed(0)} predicted, ${signed(seconds / 203 - 1)}`);
    expect(Math.abs(seconds / 203 - 1)).toBeLessThanOrEqual(0.25);
  });
});

describe("memory of described runs", () => {
  /** lora_h200_slices.json: one dense and one MoE layer on an H200; bytes above the base, and GPU seconds. */
  const SLICES = [
    { checkpoints: true, tokens: 2048, bytes: 3_919_629_312 },
    { checkpoints: true, tokens: 4096, bytes: 7_649_412_096 },
    { checkpoints: false, tokens: 2048, bytes: 6_111_055_872 },
    { checkpoints: false, tokens: 4096, bytes: 12_210_343_936 },
  ];
  it.each(SLICES)(
    "activations and logits of a slice within 10 % (in-sample): $tokens tokens, checkpoints $checkpoints",
    ({ checkpoints, tokens, bytes }) => {
      const adapters = { ranks: { q_a: 16, q_b: 16, kv_a: 16, kv_b: 16, o: 16 } };
      const plan = planOf({ framework: "llamafactory", adapters, cluster: cluster("h200-sxm", 1) });
      const kept = keptActivations(architecture, plan);
      const inputs = 4 * 2 * architecture.hiddenSize;
      const predicted =
        tokens *
        (logitBytes(plan) * architecture.vocabularySize + (checkpoints ? inputs : kept.dense + kept.moe));
      console.log(`slice ${tokens} ${checkpoints}: ${signed(predicted / bytes - 1)}`);
      expect(Math.abs(predicted / bytes - 1)).toBeLessThanOrEqual(0.1);
    },
  );

  // Technical notes, "Setup": two RTX 4090 of 48 GB, rank 8, dropout 0.1, 512 tokens, `lora_target: all`. Its authors
  // laid the layers over the GPUs one after another, which the current version no longer does: one GPU that holds all
  // of it stands for them, and the second one's context is added. Nothing was recomputed: that would leave 39 GB.
  it("KTransformers: 70 GB on GPUs and 1.2 to 1.3 TB of host memory, both within 10 %", () => {
    const run = (recompute: "none" | "full") =>
      evaluateFinetune(
        planOf({
          framework: "ktransformers",
          adapters: {
            ranks: { q_a: 8, q_b: 8, kv_a: 8, kv_b: 8, o: 8, dense: 8, shared: 8 },
            dropout: 0.1,
          },
          cluster: cluster("rtx-4090", 1, 1, { host: "xeon-4th-2s", hostMemoryGiB: 2048 }),
          training: { sequenceTokens: 512, globalBatch: 16, recompute },
        }),
        { catalog },
      ).memory;
    const gpusOf = (memory: ReturnType<typeof run>) =>
      (memory?.ranks.reduce((sum, { total }) => sum + total, 0) ?? NaN) + FINETUNE.context.value;
    const host = run("none")?.hostMoments.train ?? NaN;
    const gpus = gpusOf(run("none"));
    console.log(`FTK-01: host ${(host / 1e9).toFixed(0)} GB against 1,250: ${signed(host / 1.25e12 - 1)}`);
    console.log(`FTK-01: GPUs ${(gpus / 1e9).toFixed(1)} GB against 70: ${signed(gpus / 70e9 - 1)}`);
    console.log(`FTK-01: ${(gpusOf(run("full")) / 1e9).toFixed(1)} GB if layers were recomputed`);
    expect(Math.abs(host / 1.25e12 - 1)).toBeLessThanOrEqual(0.1);
    expect(Math.abs(gpus / 70e9 - 1)).toBeLessThanOrEqual(0.1);
  });

  const full = (nodes: number, offload: string, cp = 1) =>
    evaluateFinetune(
      planOf({
        method: "full",
        framework: "xtuner",
        cluster: cluster("h100-sxm", nodes, 8, { hostMemoryGiB: 1862 }),
        layout: { sharding: "full", offload, cp },
        training: { sequenceTokens: 32768, globalBatch: nodes * 8 },
      }),
      { catalog },
    );

  it("full fine-tuning of 32K sequences with ZeRO-3 fits 128 H100 with offload and not without", () => {
    const offloaded = full(16, "parameters", 8);
    for (const { message } of offloaded.infeasible) console.log(`FTS-01: ${message}`);
    expect(offloaded.infeasible).toEqual([]);
    expect(full(16, "none", 8).fits).toBe(false);
    expect(full(32, "none", 1).infeasible.map(({ kind }) => kind)).toContain("memory-runtime");
    const checkpoint = 12 * (offloaded.parameters.trainable / 2 ** 40);
    console.log(`FTS: checkpoint ${checkpoint.toFixed(2)} TiB against 7.4: ${signed(checkpoint / 7.4 - 1)}`);
    expect(Math.abs(checkpoint / 7.4 - 1)).toBeLessThanOrEqual(0.1);
  });

  it("Colossal-AI's least hardware for LoRA: 24 x 80 GB at EP 8, PP 3, and not 16", () => {
    const run = (pp: number) =>
      evaluateFinetune(
        planOf({
          framework: "colossalai",
          adapters: { ranks: { q_a: 8, q_b: 8, kv_a: 8, kv_b: 8, o: 8 } },
          cluster: cluster("h100-sxm", pp),
          layout: { ep: 8, pp },
          training: { sequenceTokens: 256, globalBatch: 24, microBatch: 1 },
        }),
        { catalog },
      );
    expect(run(3).infeasible).toEqual([]);
    expect(run(2).fits).toBe(false);
  });
});

describe("the claim: QLoRA in 180 to 200 GB on 4 x A100 80GB", () => {
  const claim = (more: object) =>
    evaluateFinetune(
      planOf({ base: "nf4", framework: "llamafactory", cluster: cluster("a100-80-sxm", 1, 4), ...more }),
      { catalog },
    );

  it("is refused with the amount that is missing", () => {
    const answer = claim({});
    expect(answer.fits).toBe(false);
    expect(answer.infeasible[0]?.kind).toBe("memory-weights");
    expect(answer.infeasible[0]?.message).toMatch(/^GPU 0 is short of [\d.]+\u00a0GiB: it needs/);
    const stored = answer.memory?.ranks.reduce((sum, { experts, dense }) => sum + experts + dense, 0) ?? 0;
    expect(stored).toBeGreaterThan(335e9);
  });

  it("fits with the experts in host memory, slowly", () => {
    const answer = claim({
      base: "int4",
      framework: "ktransformers",
      layout: { sharding: "full" },
      cluster: cluster("a100-80-sxm", 1, 4, { host: "xeon-4th-2s", hostMemoryGiB: 512 }),
    });
    expect(answer.infeasible).toEqual([]);
    expect(answer.performance?.tokensPerSecond.value).toBeLessThan(200);
  });

  it("says why a base of two bits is no way out", () => {
    const answer = claim({ base: "int2" });
    expect(answer.infeasible.map(({ message }) => message).join()).toContain(
      "No framework shards a base of two or three bits",
    );
  });
});
