/** A file before it is hashed, and what the file writers share. */
import type { ScriptedCheck } from "../../domain/kit.ts";
import type { DisaggregatedLayout } from "../../domain/plan.ts";
import type { KitIr, Launch } from "../ir.ts";
import { block, code, comment, type ScriptLine } from "../render/shell.ts";
import { oneLine } from "../text.ts";

export interface Draft {
  readonly path: string;
  readonly text: string;
  readonly executable?: boolean;
  readonly reasons?: readonly { readonly line: number; readonly because: string }[];
  readonly checks?: readonly ScriptedCheck[];
}

/** What the target's writers see. */
export interface Parts {
  readonly ir: KitIr;
  readonly launch: Launch;
  readonly reads: LoadTime;
  /** The pools behind a router, where the launch is one. */
  readonly halves?: readonly Parts[];
}

/** Whether the server itself reads a settings file: then scripts and containers must say where it lies. */
export const readsSettings = ({ arguments: list }: Launch): boolean =>
  JSON.stringify(list).includes('"CONFIG_DIR"');

/** How long the weights take from disk. Nobody told the disk: read rates are assumed. */
export interface LoadTime {
  readonly seconds: number;
  readonly low: number;
  readonly high: number;
  /** After which smoke.sh and the health checks give up. */
  readonly limitSeconds: number;
  readonly because: string;
}

/** Sequential reads of local NVMe in B/s: usual, best and worst taken. Assumed, not measured. */
const READ = { usual: 2e9, best: 5e9, worst: 1e9 } as const;
/** Start-up besides reading: kernels, graphs, warm-up, in seconds. Assumed. */
const START = { usual: 60, best: 30, worst: 180 } as const;

export function loadTime(ir: KitIr): LoadTime {
  const seconds = ir.serving / READ.usual + START.usual;
  const high = ir.serving / READ.worst + START.worst;
  const gigabytes = Math.ceil(ir.serving / 1e9);
  return {
    seconds,
    low: ir.serving / READ.best + START.best,
    high,
    limitSeconds: Math.ceil((2 * high) / 60) * 60,
    because: `${gigabytes} GB of weights at an assumed 2 GB/s (1 to 5) from local NVMe, and the engine's own start`,
  };
}

/** "DeepSeek-V3-0324, FP8, SGLang 0.5.18, 8 x H200, TP 8". */
export function headline(ir: KitIr): string {
  const { cluster, layout } = ir.plan;
  const part = ir.accelerator
    ? `${cluster.nodes > 1 ? `${cluster.nodes} nodes of ` : ""}${cluster.acceleratorsPerNode} x ${ir.accelerator.shortName}`
    : (ir.host?.name ?? "CPU only");
  const pieces = [
    ir.model.name,
    ir.weights.name,
    `${ir.engine.name} ${ir.version.version}`,
    part,
    ...(layout.disaggregated === null ? [] : [poolsOf(layout.disaggregated)]),
    ...(ir.role === undefined ? [] : [ir.role]),
    ...(layout.tp > 1 ? [`TP ${layout.tp}`] : []),
    ...(layout.pp > 1 ? [`PP ${layout.pp}`] : []),
    ...(layout.dpAttention > 1 ? [`DP attention ${layout.dpAttention}`] : []),
    ...(layout.ep > 1 ? [`EP ${layout.ep}`] : []),
    ...(layout.replicas > 1 ? [`${layout.replicas} replicas`] : []),
  ];
  return oneLine(pieces.join(", "));
}

const poolsOf = ({ prefill, decode, prefillReplicas, decodeReplicas }: DisaggregatedLayout): string =>
  `${prefillReplicas} x ${prefill.gpus} for prefill and ${decodeReplicas} x ${decode.gpus} for decode`;

/**
 * The pinned image, where it runs the plan: the catalog's are built for CUDA, llama.cpp's without RPC.
 *
 * Source   ggml-org/llama.cpp 00d69466401fcd0adefa36d269861b5efda8a551 .devops/cuda.Dockerfile: no GGML_RPC, and
 *          the server's image holds llama-server alone
 */
export function imageOf({ accelerator, version, engine, placement }: KitIr): string | undefined {
  const foreign = accelerator !== undefined && accelerator.vendor.toLowerCase() !== "nvidia";
  const withoutRpc = engine.id === "llama.cpp" && placement.nodesPerReplica > 1;
  return foreign || withoutRpc ? undefined : version.image;
}

/** MLX's accelerators are whole Macs: scripts and services are macOS's. */
export const isMac = ({ engine }: KitIr): boolean => engine.id === "mlx";

/** The folder that systemd units name: units must be absolute. */
export const installFolder = (ir: KitIr): string => `/opt/fathom/${ir.name}`;

/** Head of every script: strict mode, its own folder, and serve/env read into the environment. */
export function scriptHead(ir: KitIr, what: string, toEnv: string | null): ScriptLine[] {
  const head = [
    code("#!/usr/bin/env bash"),
    comment(`${what}: ${headline(ir)}`),
    code("set -euo pipefail"),
    code('here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)'),
    ...(isMac(ir)
      ? block(`
      # Apple's own tools lack options that these scripts use: brew install coreutils
      PATH="/opt/homebrew/opt/coreutils/libexec/gnubin:\${PATH}"
    `)
      : []),
  ];
  if (toEnv === null) return head;
  return [
    ...head,
    ...block(`
      set -a
      # shellcheck source=/dev/null
      . "\${here}/${toEnv}"
      set +a
    `),
  ];
}
