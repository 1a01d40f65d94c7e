/** A disaggregated plan as two aggregated ones: the same facts, each pool with its own layout, nodes and ranks. */
import type { Estimate } from "../../domain/estimate.ts";
import type { InstanceLayout, Plan } from "../../domain/plan.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { KitIr, Role } from "../ir.ts";
import { kitName, lower, type KitInput } from "../lower.ts";

export interface Pools {
  /** The service as its clients see it: the whole plan and estimate, one address. */
  readonly whole: KitIr;
  readonly prefill: KitIr;
  readonly decode: KitIr;
}

const PREFIX: Readonly<Record<Role, string>> = { prefill: "Prefill ", decode: "Decode " };

export function lowerPools(input: KitInput): Result<Pools, Problem> {
  const { plan } = input;
  const pools = plan.layout.disaggregated;
  if (pools === null) throw new Error("an aggregated plan has no pools");
  const path = "layout.disaggregated";
  const perNode = plan.cluster.acceleratorsPerNode;
  const gpus = {
    prefill: pools.prefill.gpus * pools.prefillReplicas,
    decode: pools.decode.gpus * pools.decodeReplicas,
  };
  const together = gpus.prefill + gpus.decode <= perNode;
  const single = pools.prefillReplicas === 1 && pools.decodeReplicas === 1;
  if (together && !single) {
    return fail({ path, problem: "pools that share a node have one instance each there" });
  }
  if (!together && (gpus.prefill % perNode !== 0 || gpus.decode % perNode !== 0)) {
    return fail({
      path,
      problem: `${gpus.prefill} accelerators of prefill and ${gpus.decode} of decode do not fill whole nodes of ${perNode}`,
    });
  }
  const half = (role: Role) => {
    const replicas = role === "prefill" ? pools.prefillReplicas : pools.decodeReplicas;
    const nodes = Math.max(1, gpus[role] / perNode);
    const own = { ...input, plan: planOf(plan, pools[role], replicas, Math.ceil(nodes)) };
    return lower({ ...own, estimate: estimateOf(input.estimate, role) });
  };
  const prefill = half("prefill");
  if (!prefill.ok) return prefill;
  const decode = half("decode");
  if (!decode.ok) return decode;
  const name = kitName(plan, decode.value.placement);
  return ok({
    whole: wholeOf(input, decode.value, name),
    prefill: { ...prefill.value, role: "prefill", name: `${name}/prefill` },
    decode: {
      ...decode.value,
      role: "decode",
      name: `${name}/decode`,
      // Beside prefill on one node it takes the accelerators after prefill's.
      ...(together ? { firstAccelerator: gpus.prefill } : {}),
    },
  });
}

function planOf(plan: Plan, instance: InstanceLayout, replicas: number, nodes: number): Plan {
  const { tp, pp, dpAttention, ep } = instance;
  return {
    ...plan,
    cluster: { ...plan.cluster, nodes },
    layout: { ...plan.layout, tp, pp, dpAttention, ep, dcp: 1, replicas, disaggregated: null },
  };
}

function estimateOf(estimate: Estimate, role: Role): Estimate {
  const { memory } = estimate;
  if (!memory) return estimate;
  const ranks = memory.ranks.filter(({ name }) => name.startsWith(PREFIX[role]));
  return { ...estimate, memory: { ...memory, ranks } };
}

/** One address for all: what clients, the benchmark and kit.json know of the service. */
function wholeOf({ plan, estimate }: KitInput, decode: KitIr, name: string): KitIr {
  const count = decode.running.count * decode.placement.replicas;
  return {
    ...decode,
    plan,
    estimate,
    name,
    running: { ...decode.running, count },
    placement: { ...decode.placement, replicas: 1, replicasPerNode: 1 },
  };
}
