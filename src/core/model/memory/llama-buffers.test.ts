/** llama.cpp's own figures, byte for byte: fixtures/llama-buffers.json. */
import { describe, expect, test } from "vitest";
import type { KvCacheType } from "../../domain/plan.ts";
import { DEEPSEEK_V3 } from "../../tensors/deepseek-v3.fixture.ts";
import fixture from "./fixtures/llama-buffers.json" with { type: "json" };
import { padContext } from "./llama-context.ts";
import { placeOnDevices, type LlamaPlacement } from "./llama-placement.ts";
import { hostExpertLayers, placementBytes } from "./placement-bytes.ts";

type CpuRow = [number, number, number, number, KvCacheType, number, number, number, number, number];
type Buffers = [model: number, context: number, compute: number];
type GpuRow = [string, string, number, number, KvCacheType, number, Record<string, Buffers>];

const bytesOf = (weights: string) => {
  const bytes = placementBytes(DEEPSEEK_V3, `gguf:${weights}`, {
    imatrix: false,
    mtpLayer: false,
    weightsBytes: undefined,
  });
  if (!bytes) throw new Error(weights);
  return bytes;
};

const common = { architecture: DEEPSEEK_V3, opOffload: true, drafts: false } as const;

/** Never less than llama.cpp's own buffer, and at most `slack` more. */
function expectBuffer(estimated: number | undefined, actual: number, slack: number, name = ""): void {
  expect(estimated, name).toBeGreaterThanOrEqual(actual);
  expect((estimated ?? 0) - actual, name).toBeLessThanOrEqual(slack);
}

describe("on the CPU", () => {
  for (const row of fixture.cpu as unknown as CpuRow[]) {
    const [ctxSize, ubatch, slots, unified, cacheType, flash, outputs, perSlot, kv, compute] = row;
    test(row.slice(0, 7).join(" "), () => {
      const context = padContext(ctxSize, unified ? 1 : slots, { ubatch, batch: Math.max(2048, ubatch) });
      expect(context.perSlot).toBe(perSlot);
      const { host } = placeOnDevices({
        ...common,
        bytes: bytesOf("Q4_K_M"),
        // Callers that are no server ask for the logits of a whole batch.
        context: {
          ...context,
          slots: outputs === 0 ? Math.max(2048, ubatch) : outputs,
          ubatch: Math.ceil(ubatch / slots) * slots,
        },
        cacheType,
        devices: 0,
        hostExperts: [0, 0],
        flashAttention: flash === 1,
      });
      expect(host.weights).toBe(404_488_847_360);
      expect(host.kvCache).toBe(kv);
      // Without flash attention long contexts leave the allocator a hole for one more tensor: an upper
      // bound there, bytes elsewhere. Three slots end on an odd number of rows: alignment of small tensors.
      const aligned = ubatch % slots === 0 ? 0 : 128;
      expectBuffer(host.compute + aligned, compute, flash === 1 ? 2 * aligned : 32_768 * ubatch);
    });
  }
});

const SCENARIOS: Readonly<Record<string, { devices: number; cpuLayers: number; opOffload?: boolean }>> = {
  "1gpu_all": { devices: 1, cpuLayers: 0 },
  "2gpu_all": { devices: 2, cpuLayers: 0 },
  "4gpu_all": { devices: 4, cpuLayers: 0 },
  "8gpu_all": { devices: 8, cpuLayers: 0 },
  "1gpu_cpu_moe": { devices: 1, cpuLayers: 58 },
  "1gpu_cpu_moe_no_op_offload": { devices: 1, cpuLayers: 58, opOffload: false },
  "2gpu_cpu_moe": { devices: 2, cpuLayers: 58 },
  // --n-cpu-moe counts the three dense layers too
  "1gpu_n_cpu_moe_50": { devices: 1, cpuLayers: 47 },
  "4gpu_n_cpu_moe_20": { devices: 4, cpuLayers: 17 },
};

function place(row: GpuRow): LlamaPlacement {
  const [weights, scenario, ctxSize, ubatch, cacheType, flash] = row;
  const { devices, cpuLayers, opOffload = true } = SCENARIOS[scenario] ?? { devices: 0, cpuLayers: 0 };
  return placeOnDevices({
    ...common,
    opOffload,
    bytes: bytesOf(weights),
    context: padContext(ctxSize, 1, { ubatch, batch: Math.max(2048, ubatch) }),
    cacheType,
    devices,
    hostExperts: hostExpertLayers(DEEPSEEK_V3, { cpuLayers }),
    flashAttention: flash === 1,
  });
}

describe("with GPUs", () => {
  const rows = fixture.gpu as unknown as GpuRow[];
  test.each(rows)("%s %s ctx %s ubatch %s %s fa %s: weights and cache", (...row) => {
    const placed = place(row);
    const buffers = Object.entries(row[6]);
    for (const [name, [model, context]] of buffers) {
      const own = name === "Host" ? placed.host : placed.devices[Number(name.slice(3))];
      expect(own?.weights, name).toBe(model);
      expect(own?.kvCache, name).toBe(context);
    }
  });

  test.each(rows)("%s %s ctx %s ubatch %s %s fa %s: compute", (...row) => {
    const placed = place(row);
    for (const [name, [, , compute]] of Object.entries(row[6])) {
      const own = name === "Host" ? placed.host : placed.devices[Number(name.slice(3))];
      const [, scenario, , ubatch, cacheType, flash] = row;
      const plain = cacheType === "f16" && flash === 1;
      const computesExperts = scenario === "1gpu_cpu_moe_no_op_offload" && name === "Host";
      const packed = (name === "GPU0" && !plain) || (computesExperts && plain);
      const slack = computesExperts ? compute : packed ? 63_488 * ubatch : 0;
      expectBuffer(own?.compute, compute, slack, name);
    }
  });
});

/** Q4_K_M that keeps the MTP layer, drafting with it: one more layer of weights and cache, a second context. */
test("with the MTP layer loaded", () => {
  const bytes = placementBytes(DEEPSEEK_V3, "gguf:Q4_K_M", {
    imatrix: false,
    mtpLayer: true,
    weightsBytes: undefined,
  });
  if (!bytes) throw new Error("no bytes");
  const place = (drafts: boolean) =>
    placeOnDevices({
      ...common,
      bytes,
      context: padContext(4096, 1, { ubatch: 512, batch: 2048 }),
      cacheType: "f16",
      devices: 0,
      hostExperts: [0, 0],
      flashAttention: true,
      drafts,
    }).host;
  expect(place(false).weights).toBe(403_516_178_432);
  expect(place(true).weights).toBe(412_069_512_192);
  expect(place(false).kvCache).toBe(287_834_112);
  expect(place(true).kvCache - place(false).kvCache).toBe(4_718_592);
  expect(place(true).compute - place(false).compute).toBe(389_031_936);
});
