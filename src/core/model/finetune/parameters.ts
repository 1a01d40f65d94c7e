/** Every number of the fine-tuning model that is no arithmetic: its value, unit, and what it rests on. */

export interface FinetuneParameter {
  readonly value: number;
  readonly unit: string;
  /** `calibrated`: set on the runs that finetune-evidence.test.ts prints. */
  readonly basis: "measured" | "datasheet" | "calibrated" | "derived" | "assumed";
  /** Key of planner-data/sources.json; absent where nothing published holds it. */
  readonly source?: string;
  readonly restsOn: string;
}

export const FINETUNE = {
  hostForward: {
    value: 17.55e12,
    unit: "FLOP/s",
    basis: "measured",
    source: "ktransformers-sft",
    restsOn: "expert products forward on two sockets of Xeon 8488C",
  },
  hostBackward: {
    value: 18.41e12,
    unit: "FLOP/s",
    basis: "measured",
    source: "ktransformers-sft",
    restsOn: "expert products backward on two sockets of Xeon 8488C",
  },
  hostReferenceBandwidth: {
    value: 0.8 * 614e9,
    unit: "B/s",
    basis: "derived",
    restsOn: "that machine's 2 x 8 channels of DDR5-4800, four fifths of it reached",
  },
  hostForwardOperations: {
    value: 6,
    unit: "operations",
    basis: "datasheet",
    source: "ktransformers-sft",
    restsOn: "halves of products of one expert and token forward, as its authors count them",
  },
  hostBackwardOperations: {
    value: 10,
    unit: "operations",
    basis: "datasheet",
    source: "ktransformers-sft",
    restsOn: "the same backward",
  },
  hostLayerSeconds: {
    value: 0.0446,
    unit: "s",
    basis: "calibrated",
    source: "ktransformers-sft",
    restsOn: "between layers: copies, casts, synchronisation, the autograd node; two runs at 512 tokens",
  },
  hostTokenLayerSeconds: {
    value: 0.12 / 512,
    unit: "s a token",
    basis: "calibrated",
    source: "ktransformers-sft",
    restsOn: "the part of it that grows with tokens, from the same two runs",
  },
  hostWithoutAmx: { value: 1 / 3, unit: "share", basis: "assumed", restsOn: "AVX-512 beside AMX" },
  hostBandwidthShare: {
    value: 0.8,
    unit: "share",
    basis: "assumed",
    restsOn: "of the specification, where no STREAM was measured",
  },
  process: {
    value: 6e9,
    unit: "B",
    basis: "assumed",
    restsOn: "interpreter, libraries, data loader and pinned buffers of one training process",
  },
  context: {
    value: 1.2e9,
    unit: "B",
    basis: "assumed",
    restsOn: "driver context and libraries' workspaces of one process on its accelerator",
  },
  channel: {
    value: 0.5e9,
    unit: "B",
    basis: "assumed",
    restsOn: "channels of the communication library for one group of ranks",
  },
  bucket: { value: 1e9, unit: "B", basis: "assumed", restsOn: "flat buckets of sharded runs" },
  fragmentationPeft: {
    value: 0.3,
    unit: "share",
    basis: "assumed",
    restsOn: "Hugging Face held 27 to 60 % more on an H200; runs near the limit give most of it back",
  },
  fragmentationMegatron: {
    value: 0.1,
    unit: "share",
    basis: "assumed",
    restsOn: "Megatron with expandable segments",
  },
  coreShare: {
    value: 0.5,
    unit: "share",
    basis: "assumed",
    restsOn: "of the BF16 peak: attention's core, which no framework runs in FP8",
  },
  elementwise: {
    value: 3.5e6 / 7168,
    unit: "B a token, layer and hidden unit",
    basis: "assumed",
    restsOn: "norms, gates, permutations and residuals, forward and backward",
  },
  routedNodes: {
    value: 4,
    unit: "nodes",
    basis: "datasheet",
    source: "deepseek-ai",
    restsOn: "a token's experts lie on at most so many nodes: the router's group limit",
  },
  gatherShare: {
    value: 0.8,
    unit: "share",
    basis: "assumed",
    restsOn: "of nominal, what collectives of whole layers reach",
  },
  selective: {
    value: 0.2,
    unit: "forward passes",
    basis: "assumed",
    restsOn: "norms, gates and up-projections of MLA, computed again",
  },
  diskRate: {
    value: 3e9,
    unit: "B/s",
    basis: "assumed",
    restsOn: "local NVMe read or written by one process; half and twice as much are usual",
  },
  quantizeRate: {
    value: 0.35e9,
    unit: "B/s",
    basis: "assumed",
    restsOn: "llama.cpp's quantization on a server's processors, bytes read",
  },
} as const satisfies Record<string, FinetuneParameter>;
