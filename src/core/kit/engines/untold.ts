/** Settings of a plan that its engine has no way to be told: a kit lists them, so that none is dropped in silence. */
import type { Unsupported } from "../../domain/kit.ts";
import type { OptionsPlan } from "../../domain/plan.ts";
import type { KitIr } from "../ir.ts";

type Key = keyof OptionsPlan;

/** What each engine's arguments say. The other settings are about files and predictions, or every engine has them. */
const TOLD: Readonly<Record<string, readonly Key[]>> = {
  sglang: ["chunkedPrefill", "memFraction"],
  vllm: ["chunkedPrefill", "memFraction", "numa"],
  "tensorrt-llm": ["chunkedPrefill", "memFraction", "moeTp"],
  lmdeploy: ["chunkedPrefill", "memFraction"],
  "llama.cpp": ["ubatch", "batch", "slots", "threads", "numa", "flashAttention", "opOffload"],
  "ik_llama.cpp": ["ubatch", "batch", "slots", "threads", "numa", "flashAttention"],
  ollama: ["ubatch", "batch", "slots", "threads", "flashAttention"],
  ktransformers: ["chunkedPrefill", "memFraction", "threads", "numa"],
  mlx: ["chunkedPrefill"],
};

const REASONS: Partial<Readonly<Record<Key, (engine: string) => string>>> = {
  chunkedPrefill: (engine) => `${engine} reads prompts in physical batches: options.ubatch is their size`,
  memFraction: (engine) => `${engine} takes what weights and cache need, and no share of memory`,
  ubatch: (engine) => `${engine} has no physical batch apart from its chunk of prefill`,
  batch: (engine) => `${engine} has no logical batch apart from its chunk of prefill`,
  slots: (engine) => `${engine} has no slots: requests at once are its limit`,
  threads: (engine) => `${engine} computes on accelerators and chooses host threads itself`,
  numa: (engine) => `${engine} has no option that binds memory to sockets`,
  flashAttention: (engine) => `${engine} has no other kernel for this attention`,
  opOffload: (engine) => `${engine} computes no experts on the host, or moves them by itself`,
  moeTp: (engine) => `${engine} cuts experts as layout.ep says`,
};

/** As good as not asked. */
const isPlain = (key: Key, value: unknown): boolean =>
  value === undefined || (key === "numa" && value === "none") || (key === "flashAttention" && value === true);

/** `said`: what the engine lists itself, in its own words. */
export function untold({ plan, engine }: KitIr, said: readonly Unsupported[]): Unsupported[] {
  const told = new Set(TOLD[engine.id]);
  const listed = new Set(said.map(({ path }) => path));
  return (Object.keys(REASONS) as Key[]).flatMap((key) => {
    const reason = REASONS[key]?.(engine.name);
    const path = `options.${key}`;
    if (reason === undefined || told.has(key) || listed.has(path) || isPlain(key, plan.options[key]))
      return [];
    return [{ path, reason }];
  });
}
