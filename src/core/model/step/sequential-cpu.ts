/** What a host's processors do: bandwidth that weights are read at, and GEMM rate. */
import type { StepModelInput } from "../../domain/step-model.ts";
import {
  AMX_GEMM,
  CPU_CORE_GFLOPS,
  CPU_READ_EFFICIENCY,
  NAIVE_SECOND_SOCKET,
  PLAIN_CPU_GEMM,
  STREAM_SHARE,
} from "./sequential-parameters.ts";

export interface HostRates {
  /** Weight bytes per ms. */
  readonly readBytesPerMs: number;
  /** Achievable memory bandwidth, bytes per ms: the limit. */
  readonly peakBytesPerMs: number;
  readonly flopPerMs: number;
}

/** Cores of one socket that such hosts usually have. Assumed; `options.threads` replaces it. */
const CORES: readonly (readonly [RegExp, number])[] = [
  [/^xeon6-6900p/, 128],
  [/^xeon6-6700p/, 86],
  [/^epyc-9005/, 96],
  [/^epyc-9004/, 64],
  [/^epyc-7003/, 64],
  [/^xeon-5th/, 48],
  [/^xeon-4th/, 40],
  [/^tr-pro/, 64],
  [/^desktop/, 12],
];
const DEFAULT_CORES = 32;
/** Instruction sets: AVX2 cores multiply at a third of AVX-512 ones. */
const AVX2 = /^(epyc-7003|desktop|tr-pro-[35])/;
const AVX2_SHARE = 0.6;
/** A host of which only the bandwidth is known: between AVX2 and AVX-512, counted threads for cores. */
const UNKNOWN_SHARE = 0.4;

/** Null where neither plan nor host tells the bandwidth. */
export function hostRates(input: StepModelInput): HostRates | null {
  const { host } = input;
  const achieved = achievedBandwidth(input);
  if (achieved === undefined) return null;
  const usable = (achieved / Math.max(1, host?.sockets ?? input.sockets)) * effectiveSockets(input);
  return {
    readBytesPerMs: (usable * CPU_READ_EFFICIENCY.value) / 1e3,
    peakBytesPerMs: achieved / 1e3,
    flopPerMs: cores(input) * CPU_CORE_GFLOPS.value * kernelShare(input) * 1e6,
  };
}

function achievedBandwidth({ host, hostMemoryBandwidth }: StepModelInput): number | undefined {
  if (hostMemoryBandwidth !== undefined) return hostMemoryBandwidth;
  if (host === undefined) return undefined;
  return host.memoryBandwidthAchieved?.value ?? host.memoryBandwidthSpecification.value * STREAM_SHARE.value;
}

function cores({ host, options, sockets }: StepModelInput): number {
  const known = CORES.find(([pattern]) => pattern.test(host?.id ?? ""))?.[1];
  return options.threads ?? (known ?? DEFAULT_CORES) * sockets;
}

/** GEMM rate of a core against AVX-512 under ik_llama.cpp. */
function kernelShare(input: StepModelInput): number {
  const { host, engine } = input;
  if (engine.id === "ktransformers" && host?.amx === true && isInt8(input)) return AMX_GEMM.value;
  const plain = engine.id === "llama.cpp" || engine.id === "ollama" ? PLAIN_CPU_GEMM.value : 1;
  if (host === undefined) return plain * UNKNOWN_SHARE;
  return plain * (AVX2.test(host.id) ? AVX2_SHARE : 1);
}

function effectiveSockets(input: StepModelInput): number {
  if (input.sockets <= 1) return 1;
  const duplicate = input.options.numa === "duplicate" || input.engine.id === "ktransformers";
  return duplicate ? input.sockets : 1 + (input.sockets - 1) * NAIVE_SECOND_SOCKET.value;
}

function isInt8(input: StepModelInput): boolean {
  return input.weights.id === "int8" || input.weights.id === "bf16";
}
