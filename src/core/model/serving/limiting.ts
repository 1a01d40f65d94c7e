/** What binds a decode step, in a reader's words. */
import { moeLayerCount, type MlaArchitecture } from "../../domain/architecture.ts";
import type { PerformanceEstimate } from "../../domain/estimate.ts";
import type { OperatorTime, StepTime } from "../../domain/step.ts";

const RESOURCES: Readonly<Record<OperatorTime["id"], string>> = {
  "routed-experts": "Reading expert weights",
  "attention-core": "Attention over the KV cache",
  "mla-projections": "Attention projections",
  "shared-expert": "The shared expert",
  "dense-ffn": "The dense layers",
  "all-reduce": "All-reduce between ranks",
  "all-to-all": "All-to-all between ranks",
  router: "Routing",
  elementwise: "Norms and quantization",
  "lm-head": "The output head",
  pipeline: "The pipeline between stages",
  "prefill-interference": "Prefill of other requests",
  host: "Launches and host work",
};

/** The largest row of the decode waterfall, its share, and why it is that large. */
export function limitedBy(
  decode: StepTime,
  architecture: MlaArchitecture,
  tokensPerStep: number,
  prefillMsPerRequest: number,
): PerformanceEstimate["limitedBy"] {
  let top = decode.operators[0];
  for (const operator of decode.operators) if (top === undefined || operator.ms > top.ms) top = operator;
  if (top === undefined) return { resource: "Nothing", share: 0, reason: "no operator has time" };
  const compute = top.id === "routed-experts" && top.bound === "compute";
  return {
    resource: compute ? "Expert GEMMs" : RESOURCES[top.id],
    share: top.ms / decode.totalMs,
    reason: reason(top, decode, architecture, tokensPerStep, prefillMsPerRequest),
  };
}

function reason(
  top: OperatorTime,
  decode: StepTime,
  a: MlaArchitecture,
  tokensPerStep: number,
  prefillMs: number,
): string {
  const users = Math.max(1, Math.ceil(decode.batch));
  const who = users === 1 ? "1 user" : `${users} users`;
  switch (top.id) {
    case "routed-experts": {
      const n = a.routedExpertCount;
      const touched = Math.round(n * (1 - (1 - a.expertsPerToken / n) ** (users * tokensPerStep)));
      return `${who} ${users === 1 ? "touches" : "touch"} ${touched} of ${n} experts in each of ${moeLayerCount(a)} layers`;
    }
    case "attention-core":
      return `${who} with ${Math.round(decode.contextTokens)} tokens of context each`;
    case "prefill-interference":
      return `each prompt takes the machine for ${Math.round(prefillMs)} ms in which nobody decodes`;
    case "all-reduce":
      return `${top.count ?? 2 * a.layerCount} exchanges a step between all ranks`;
    case "all-to-all":
      return `every token travels to its ${a.expertsPerToken} experts and back in each layer`;
    case "host":
      return `${who} ${users === 1 ? "pays" : "share"} what every step costs whatever it reads: launches, threads that meet, sampling`;
    default:
      return `${who} ${users === 1 ? "pays for" : "share"} one read of these weights a token`;
  }
}
