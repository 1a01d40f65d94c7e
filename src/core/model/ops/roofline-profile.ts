/**
 * How much of an accelerator's peaks its kernels reach, by generation: for devices without measured
 * tables, and for formats that a device's tables lack.
 */
import type { Accelerator } from "../../domain/catalog.ts";
import { fitted } from "../fitted-parameter.ts";

export type Generation =
  "ampere" | "ada" | "hopper" | "blackwell" | "blackwell-workstation" | "cdna" | "other";

/** time = launchMs + max(bytes / (bandwidth * peak), FLOP / (compute * peak)) */
export interface Efficiency {
  readonly launchMs: number;
  readonly bandwidth: number;
  readonly compute: number;
  /** In a prefill pass, where that differs. */
  readonly prefillCompute?: number;
}

export interface RooflineProfile {
  readonly gemm: Efficiency;
  readonly experts: Efficiency;
  readonly decodeAttention: Efficiency;
  readonly prefillAttention: Efficiency;
  /** Prefill rate as a share of the FP8 peak, whatever the weights' format. */
  readonly prefillShareOfFp8?: number;
  /** How much faster FP4 products are in prefill than that. */
  readonly prefillGainOfFp4?: number;
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
export function generationOf({ id }: Accelerator): Generation {
  let generation = generations.get(id);
  if (generation === undefined) {
    generation = GENERATIONS.find(([pattern]) => pattern.test(id))?.[1] ?? "other";
    generations.set(id, generation);
  }
  return generation;
}

const generations = new Map<string, Generation>();

const TABLES =
  "fitted to the measured tables of the same generation; median error against them 10 to 30 %, 90th percentile 30 to 95 %";

/** Fitted whole to one engine's records: no operator of these devices was measured. */
export const CDNA = {
  stepMs: fitted("cdnaStepMs", {
    unit: "ms a step",
    meaning: "host work, launches and collectives of a decode step on MI355X",
    start: 8,
    bounds: [1, 30],
  }),
  tokenLayerUs: fitted("cdnaTokenLayerUs", {
    unit: "us a token and layer",
    meaning: "collectives inside the node, small kernels and routing on MI355X",
    start: 0.475,
    bounds: [0.05, 3],
  }),
  prefillShare: fitted("cdnaPrefillShare", {
    unit: "share of the FP8 peak",
    meaning: "rate of a prefill pass on MI355X",
    start: 0.092,
    bounds: [0.03, 0.6],
  }),
  prefillStepMs: fitted("cdnaPrefillStepMs", {
    unit: "ms a pass",
    meaning: "host work and launches of a prefill pass on MI355X",
    start: 19,
    bounds: [1, 100],
  }),
  fp4Gain: fitted("cdnaFp4Gain", {
    unit: "factor on a rate",
    meaning: "prefill with FP4 weights against FP8 on MI355X",
    start: 1.2,
    bounds: [1, 2],
  }),
} as const;

const PROFILES: Readonly<Record<Generation, RooflineProfile>> = {
  ampere: {
    gemm: { launchMs: 0.0081, bandwidth: 0.77, compute: 0.71 },
    experts: { launchMs: 0.073, bandwidth: 0.84, compute: 0.21 },
    decodeAttention: { launchMs: 0.051, bandwidth: 0.29, compute: 0.26 },
    prefillAttention: { launchMs: 0.0175, bandwidth: 0.37, compute: 0.49 },
    basis: "extrapolated",
    restsOn: TABLES,
  },
  ada: {
    gemm: { launchMs: 0.0007, bandwidth: 0.75, compute: 0.48 },
    experts: { launchMs: 0.024, bandwidth: 0.65, compute: 0.047 },
    decodeAttention: { launchMs: 0.0166, bandwidth: 0.51, compute: 0.4 },
    prefillAttention: { launchMs: 0.0015, bandwidth: 0.51, compute: 0.2 },
    basis: "extrapolated",
    restsOn: TABLES,
  },
  hopper: {
    gemm: { launchMs: 0.0062, bandwidth: 0.87, compute: 0.67 },
    experts: { launchMs: 0.057, bandwidth: 0.93, compute: 0.17 },
    decodeAttention: { launchMs: 0.016, bandwidth: 0.83, compute: 0.38 },
    prefillAttention: { launchMs: 0.02, bandwidth: 0.56, compute: 0.29 },
    basis: "extrapolated",
    restsOn: TABLES,
  },
  blackwell: {
    gemm: { launchMs: 0.0056, bandwidth: 0.57, compute: 0.62 },
    experts: { launchMs: 0.033, bandwidth: 0.81, compute: 0.12 },
    decodeAttention: { launchMs: 0.0124, bandwidth: 0.68, compute: 0.56 },
    prefillAttention: { launchMs: 0.0153, bandwidth: 0.43, compute: 0.36 },
    basis: "extrapolated",
    restsOn: TABLES,
  },
  "blackwell-workstation": {
    gemm: { launchMs: 0.0071, bandwidth: 0.87, compute: 0.57 },
    experts: { launchMs: 0.057, bandwidth: 0.86, compute: 0.165 },
    decodeAttention: { launchMs: 0.034, bandwidth: 0.33, compute: 0.4 },
    prefillAttention: { launchMs: 0.0102, bandwidth: 0.4, compute: 0.39 },
    basis: "extrapolated",
    restsOn: TABLES,
  },
  cdna: {
    gemm: { launchMs: 0, bandwidth: 1, compute: 1 },
    experts: { launchMs: 0, bandwidth: 1, compute: 1 },
    decodeAttention: { launchMs: 0, bandwidth: 1, compute: 1 },
    get prefillAttention() {
      return { launchMs: 0, bandwidth: 1, compute: CDNA.prefillShare.value };
    },
    get prefillShareOfFp8() {
      return CDNA.prefillShare.value;
    },
    get prefillGainOfFp4() {
      return CDNA.fp4Gain.value;
    },
    get stepMs() {
      return CDNA.stepMs.value;
    },
    get prefillStepMs() {
      return CDNA.prefillStepMs.value;
    },
    get tokenLayerMs() {
      return CDNA.tokenLayerUs.value / 1e3;
    },
    basis: "calibrated",
    restsOn: "records of eight MI355X under one engine; the FP4 gain is hardly identified",
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
  return Object.create(profile, { basis: { value: "extrapolated", enumerable: true } }) as RooflineProfile;
}
