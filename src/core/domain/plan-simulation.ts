/** A plan's service simulated under its own load: what is asked and what comes back. Plain data. */
import type { Plan } from "./plan.ts";
import { ranksPerReplica } from "./plan.ts";
import type { SimulationResult } from "./simulation.ts";

/** Requests as they came, in columns that cross workers without being copied. NaN: not known, drawn from the plan. */
export interface TraceColumns {
  /** Rising, from 0. */
  readonly atMs: Float64Array;
  readonly inputTokens: Float64Array;
  readonly outputTokens: Float64Array;
  /** One row stands for this many requests of the file. */
  readonly stride: number;
}

export interface SimulationAsk {
  readonly seed: number;
  /** Measured requests; absent: an hour of them, between 1,000 and 50,000. Of a trace: at most. */
  readonly requests?: number;
  /** Absent: arrivals and lengths of the plan. */
  readonly trace?: TraceColumns;
  /** What of a trace is played. */
  readonly part?: "peak-hour" | "whole";
}

export interface LatencyTarget {
  readonly latency: "ttftMs" | "tpotMs" | "endToEndMs";
  readonly statistic: "mean" | "p50" | "p90" | "p95" | "p99";
  readonly limitMs: number;
}

export interface ReplicaAsk extends SimulationAsk {
  readonly target: LatencyTarget;
  readonly maxReplicas: number;
  /** Requests a second of each hour of a day; absent: no day is sketched. */
  readonly byHour?: readonly number[];
}

/** Means as the analytic model has them. */
export interface AnalyticClaim {
  readonly ttftMs: number;
  readonly tpotMs: number;
  readonly endToEndMs: number;
  readonly outputTokensPerSecond: number;
}

/** The load that was played. */
export interface PlayedLoad {
  readonly kind: "process" | "trace";
  readonly requests: number;
  /** Offered; null of a closed loop, where the service sets the pace. */
  readonly requestsPerSecond: number | null;
  readonly meanInputTokens: number;
  readonly meanOutputTokens: number;
}

export interface PlanSimulation {
  readonly load: PlayedLoad;
  readonly result: SimulationResult;
  /** The estimate of the plan, second moments of its lengths included. */
  readonly estimate: AnalyticClaim | null;
  /** What it would be if every request were the average one, arriving at random. */
  readonly average: AnalyticClaim | null;
  readonly notes: readonly string[];
}

export interface ReplicaAnswer {
  /** Null: not even the most that were allowed hold it. */
  readonly replicas: number | null;
  /** At `replicas`, or at the most allowed. */
  readonly result: SimulationResult;
  /** Every number tried and what it gave, ascending; null where nothing was served. */
  readonly tried: readonly {
    readonly replicas: number;
    readonly ms: number | null;
    readonly holds: boolean;
  }[];
}

/** Replicas by the hour of a day, each hour as one replica holds its share of the peak. */
export interface ScalingSketch {
  /** Requests a second that one replica holds within the target, beside its peers at the peak. */
  readonly ratePerReplica: number;
  readonly hours: readonly { readonly requestsPerSecond: number; readonly replicas: number }[];
  /** Replica hours of the day, scaled and with the peak's number all day. */
  readonly scaledHours: number;
  readonly fixedHours: number;
}

export interface ReplicaSizing extends ReplicaAnswer {
  readonly target: LatencyTarget;
  readonly load: PlayedLoad;
  readonly scaling: ScalingSketch | null;
  readonly notes: readonly string[];
}

/** What `fathom simulate --json` prints, and what the page's file of the same simulation holds. */
export interface SimulateAnswer {
  readonly simulation: PlanSimulation;
  readonly replicas: ReplicaSizing | null;
}

export interface SimulationShare {
  /** 0 .. 1 of the simulation at work. */
  readonly share: number;
  /** While replicas are looked for: the number at work. */
  readonly replicas?: number;
}

/** The plan with another number of replicas, and the nodes that they take. */
export function planWithReplicas(plan: Plan, replicas: number): Plan {
  const { layout, cluster } = plan;
  const nodes = (accelerators: number) =>
    Math.max(1, Math.ceil(accelerators / Math.max(1, cluster.acceleratorsPerNode)));
  const pools = layout.disaggregated;
  if (pools === null) {
    return {
      ...plan,
      layout: { ...layout, replicas },
      cluster: { ...cluster, nodes: nodes(replicas * ranksPerReplica(layout)) },
    };
  }
  const grown = {
    ...pools,
    prefillReplicas: pools.prefillReplicas * replicas,
    decodeReplicas: pools.decodeReplicas * replicas,
  };
  const accelerators = grown.prefillReplicas * pools.prefill.gpus + grown.decodeReplicas * pools.decode.gpus;
  return {
    ...plan,
    layout: { ...layout, disaggregated: grown },
    cluster: { ...cluster, nodes: nodes(accelerators) },
  };
}
