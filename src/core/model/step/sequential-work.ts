/** What the operators of a layer-by-layer step move and multiply, for a roofline. */
import { moeLayerCount, kvElementsPerTokenLayer } from "../../domain/architecture.ts";
import type { OperatorId } from "../../domain/step.ts";
import type { RooflinePlace } from "../../domain/roofline.ts";
import type { StepModelInput } from "../../domain/step-model.ts";
import { distinctExperts } from "../ops/distinct-experts.ts";
import { hostRates } from "./sequential-cpu.ts";
import { hostExpertLayers, ubatchOf } from "./sequential-gpu.ts";
import { parameterCounts, sequentialWeights } from "./sequential-weights.ts";
import type { OperatorWork, WorkOf } from "./work.ts";

/**
 * Bytes and FLOP of a step of llama.cpp and its kin: weights as stored, two FLOP a parameter and token.
 *
 * Shape    prefill runs in passes of at most a micro-batch, each reads its weights again.
 * Per      the device that works: the layers' devices one after another, the host for its experts.
 * Leaves   out dequantization, and the copy of host experts that llama.cpp makes for large batches.
 */
export function sequentialWork(input: StepModelInput): WorkOf | null {
  const w = sequentialWeights(input);
  const { architecture: a, accelerator } = input;
  const host = hostRates(input);
  const peakFlop = accelerator?.peakDense.bf16?.value ?? accelerator?.peakDense.fp32?.value;
  const device = accelerator === undefined ? host?.flopPerMs : peakFlop && peakFlop / 1e3;
  if (w === null || device === undefined) return null;
  const n = parameterCounts(a);
  const moe = moeLayerCount(a);
  const onHost = accelerator === undefined ? moe : hostExpertLayers(input);
  const main: RooflinePlace = accelerator === undefined ? "host" : "accelerator";
  const expertsAt = onHost === moe ? "host" : main;
  const expertPeak = expertsAt === "host" ? (host?.flopPerMs ?? device) : device;
  const active = (n.experts * a.expertsPerToken) / a.routedExpertCount;

  const pass = (tokens: number, passes: number, sequences: number, keys: number): OperatorWork[] => {
    const touched = distinctExperts(tokens, a.routedExpertCount, a.routedExpertCount, a.expertsPerToken);
    const work = (id: OperatorId, place: RooflinePlace, peak: number, bytes: number, parameters: number) => ({
      ...{ id, place, peakFlopPerMs: peak },
      bytes: passes * bytes,
      flop: 2 * passes * tokens * parameters,
    });
    const of = (id: OperatorId, bytes: number, parameters: number) =>
      work(id, main, device, bytes, parameters);
    const expertBytes = (moe * w.expertsPerLayer * touched) / a.routedExpertCount;
    const cache = kvElementsPerTokenLayer(a);
    return [
      work("routed-experts", expertsAt, expertPeak, expertBytes, moe * active),
      {
        ...{ id: "attention-core", place: main, peakFlopPerMs: device },
        bytes: passes * sequences * a.layerCount * keys * 2 * cache,
        flop: 2 * passes * tokens * a.layerCount * keys * a.headCount * (2 * a.kvLoraRank + a.ropeHeadDim),
      },
      of("mla-projections", a.layerCount * w.attentionPerLayer, a.layerCount * n.attention),
      of("shared-expert", moe * w.sharedPerLayer, moe * n.shared),
      of("dense-ffn", a.denseLayerCount * w.densePerLayer, a.denseLayerCount * n.dense),
      { ...of("lm-head", w.head, n.head), bytes: w.head, flop: 2 * sequences * n.head },
    ];
  };
  return {
    decode: (batch, context) => pass(batch, 1, batch, context),
    prefill: (requests, fresh, cached) => {
      const tokens = requests * fresh;
      const passes = Math.ceil(tokens / ubatchOf(input));
      return pass(tokens / passes, passes, 1, cached + fresh / 2);
    },
  };
}
