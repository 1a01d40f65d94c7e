/**
 * Memory that follows from no tensor list: driver, contexts, communicators, graphs.
 *
 * Each number rests on a log line; what has none is marked "assumed".
 */
import type { EstimateBasis } from "../../domain/provenance.ts";
import { unit } from "../../units/quantity.ts";

export interface MemoryParameter {
  readonly bytes: number;
  readonly basis: EstimateBasis;
  readonly restsOn: string;
}

const gib = (value: number, basis: EstimateBasis, restsOn: string): MemoryParameter => ({
  bytes: unit.gib(value),
  basis,
  restsOn,
});

/** What the driver keeps of an NVIDIA device: nvidia-smi's total less CUDA's. */
export const NVIDIA_DRIVER_RESERVE = gib(
  0.59,
  "calibrated",
  "8 x H200: 143,771 MiB in nvidia-smi, 139.81 GiB in vLLM's log of 2025-03-15; assumed on other devices",
);

/** CUDA or HIP context, loaded kernels, library workspaces of one process. */
export const CONTEXT = gib(
  0.51,
  "calibrated",
  "SGLang log of 2025-10-16, 8 x H200: 139.81 less 137.29-137.52 free before load less communicators",
);

/** Collective libraries and custom all-reduce buffers of one rank of a group. */
export const COMMUNICATORS = gib(
  1.89,
  "calibrated",
  "SGLang log of 2025-10-16, TP 8: distributed init takes 1.77-2.01 GiB; assumed for other group sizes",
);

/** Buffers of an expert all-to-all (DeepEP and its kind). */
export const ALL_TO_ALL = gib(2, "assumed", "what SGLang sets aside for DeepEP");

/** CUDA graphs of vLLM and engines without a rule of their own. */
export const GRAPHS = gib(0.51, "calibrated", "vLLM log of 2025-12-03, TP 8: graph capturing took 0.51 GiB");

/** vLLM before 0.8 counted everything outside PyTorch, and profiled whole prompts of `profiledTokens`. */
export const VLLM_V0 = {
  nonTorch: gib(7.16, "calibrated", "vLLM 0.7 log of 2025-03-15, 8 x H200"),
  activations: gib(6.37, "calibrated", "same log, 128,000 tokens profiled at once"),
  /** CUDA graphs of that engine. */
  graphs: gib(1, "assumed", "a review speaks of up to 10 GB over many shapes"),
} as const;

/** One CUDA context of llama.cpp with its matrix-multiplication pools. */
export const LLAMA_CONTEXT = gib(0.5, "assumed", "0.3-0.5 GiB, not in the figures of llama.cpp's own log");

/** `--cache-ram` of llama-server: prompts kept in host memory, grown on demand. */
export const LLAMA_PROMPT_CACHE = gib(8, "calibrated", "llama-server 0.5.0 default of 8192 MiB");
