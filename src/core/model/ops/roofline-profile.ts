/**
 * How much of an accelerator's peaks its kernels reach, by generation: for devices without measured
 * tables, and for formats that a device's tables lack.
 */
import type { Accelerator } from "../../domain/catalog.ts";

export type Generation =
  "ampere" | "ada" | "hopper" | "blackwell" | "blackwell-workstation" | "cdna" | "other";

/** time = launchMs + max(bytes / (bandwidth * peak), FLOP / (compute * peak)) */
export interface Efficiency {
  readonly launchMs: number;
  readonly bandwidth: number;
  readonly compute: number;
}

export interface RooflineProfile {
  readonly gemm: Efficiency;
  readonly experts: Efficiency;
  readonly decodeAttention: Efficiency;
  readonly prefillAttention: Efficiency;
  /** In a prefill pass compute may be reached to another degree. */
  readonly prefillCompute?: number;
  /** Host and launch time of a step that operators do not show; ms. Absent: the general host gap. */
  readonly stepMs?: number;
  /** The same of a prefill pass. */
  readonly prefillStepMs?: number;
  /**
   * Cost of a token in a layer beyond bytes: collectives inside a node, small kernels, routing; ms.
   * Where it is given, those operators are not counted again.
   */
  readonly tokenLayerMs?: number;
  readonly basis: "calibrated" | "extrapolated" | "assumed";
  readonly restsOn: string;
}

const GENERATIONS: readonly (readonly [RegExp, Generation])[] = [
  [/^(a100|a800|rtx-a6000|rtx-3090|a30|a40)/, "ampere"],
  [/^(l40|l20|l4$|rtx-6000-ada|rtx-4090)/, "ada"],
  [/^(h100|h200|h800|h20|gh200)/, "hopper"],
  [/^(b100|b200|b300|gb200|gb300)/, "blackwell"],
  [/^(rtx-pro-6000|rtx-5090|dgx-spark)/, "blackwell-workstation"],
  [/^mi(300|308|325|350|355)/, "cdna"],
];

/** The hardware generation of an accelerator; `other` where no family is known. */
export function generationOf(accelerator: Accelerator): Generation {
  return GENERATIONS.find(([pattern]) => pattern.test(accelerator.id))?.[1] ?? "other";
}

const TABLES = "fitted to the measured tables of the same generation";

const PROFILES: Readonly<Record<Generation, RooflineProfile>> = {
  ampere: {
    gemm: { launchMs: 0.006, bandwidth: 0.75, compute: 0.75 },
    experts: { launchMs: 0.06, bandwidth: 0.75, compute: 0.3 },
    decodeAttention: { launchMs: 0.012, bandwidth: 0.5, compute: 0.3 },
    prefillAttention: { launchMs: 0.015, bandwidth: 0.5, compute: 0.45 },
    basis: "extrapolated",
    restsOn: TABLES,
  },
  ada: {
    gemm: { launchMs: 0.006, bandwidth: 0.75, compute: 0.7 },
    experts: { launchMs: 0.06, bandwidth: 0.75, compute: 0.3 },
    decodeAttention: { launchMs: 0.012, bandwidth: 0.5, compute: 0.3 },
    prefillAttention: { launchMs: 0.015, bandwidth: 0.5, compute: 0.45 },
    basis: "extrapolated",
    restsOn: TABLES,
  },
  hopper: {
    gemm: { launchMs: 0.005, bandwidth: 0.75, compute: 0.6 },
    experts: { launchMs: 0.06, bandwidth: 0.8, compute: 0.3 },
    decodeAttention: { launchMs: 0.012, bandwidth: 0.7, compute: 0.5 },
    prefillAttention: { launchMs: 0.015, bandwidth: 0.5, compute: 0.5 },
    basis: "extrapolated",
    restsOn: TABLES,
  },
  blackwell: {
    gemm: { launchMs: 0.005, bandwidth: 0.75, compute: 0.6 },
    experts: { launchMs: 0.03, bandwidth: 0.8, compute: 0.3 },
    decodeAttention: { launchMs: 0.01, bandwidth: 0.7, compute: 0.5 },
    prefillAttention: { launchMs: 0.015, bandwidth: 0.5, compute: 0.5 },
    basis: "extrapolated",
    restsOn: TABLES,
  },
  "blackwell-workstation": {
    gemm: { launchMs: 0.005, bandwidth: 0.75, compute: 0.6 },
    experts: { launchMs: 0.04, bandwidth: 0.75, compute: 0.3 },
    decodeAttention: { launchMs: 0.012, bandwidth: 0.6, compute: 0.3 },
    prefillAttention: { launchMs: 0.015, bandwidth: 0.5, compute: 0.4 },
    basis: "extrapolated",
    restsOn: TABLES,
  },
  cdna: {
    gemm: { launchMs: 0, bandwidth: 1, compute: 1 },
    experts: { launchMs: 0, bandwidth: 1, compute: 1 },
    decodeAttention: { launchMs: 0, bandwidth: 1, compute: 1 },
    prefillAttention: { launchMs: 0, bandwidth: 1, compute: 0.092 },
    prefillCompute: 0.092,
    stepMs: 8.1,
    prefillStepMs: 19,
    tokenLayerMs: 0.000475,
    basis: "calibrated",
    restsOn:
      "209 records of eight MI355X under one engine; intervals 5.8-9.2 ms, 0.37-0.62 us, 0.088-0.26 of peak",
  },
  other: {
    gemm: { launchMs: 0.006, bandwidth: 0.7, compute: 0.5 },
    experts: { launchMs: 0.06, bandwidth: 0.7, compute: 0.25 },
    decodeAttention: { launchMs: 0.012, bandwidth: 0.5, compute: 0.3 },
    prefillAttention: { launchMs: 0.015, bandwidth: 0.5, compute: 0.35 },
    basis: "assumed",
    restsOn: "no table and no record: efficiencies below those of any measured generation",
  },
};

/** The efficiencies of an accelerator's generation. */
export function rooflineProfile(accelerator: Accelerator): RooflineProfile {
  const generation = generationOf(accelerator);
  const profile = PROFILES[generation];
  if (generation !== "cdna" || accelerator.id === "mi355x") return profile;
  return { ...profile, basis: "extrapolated" };
}
