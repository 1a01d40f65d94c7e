import type { Plan } from "../../domain/plan.ts";
import type { MemoryFacts } from "./memory-facts.ts";

/** The context that llama.cpp allocates at start. */
export interface LlamaContext {
  readonly slots: number;
  /** Tokens of one slot. */
  readonly perSlot: number;
  /** Tokens of all slots. */
  readonly total: number;
  readonly ubatch: number;
}

const PAD = 256;
const pad = (tokens: number): number => Math.ceil(tokens / PAD) * PAD;

/**
 * Slots and padded context of one replica: one slot a user, each as long as the workload's requests.
 *
 *   total = slots * pad256(pad256(slots * tokensPerSlot) / slots)
 *
 * `options.contextLength` is the context of one slot; absent: input + output + depth.
 *
 * Source   llama.cpp v0.5.0, caches split per slot (no --kv-unified)
 * Anchor   10,000 tokens over 3 slots: 3 x 3,584: llama-buffers.test.ts
 */
export function llamaContext(plan: Plan, facts: MemoryFacts): LlamaContext {
  const { workload, options, layout } = plan;
  const users = Math.ceil((workload.concurrency ?? 1) / layout.replicas);
  const slots = options.slots ?? users;
  const longest = workload.inputTokens + workload.outputTokens + (workload.contextDepth ?? 0);
  return padContext(slots * (options.contextLength ?? longest), slots, {
    ubatch: options.ubatch ?? facts.defaults.ubatch?.value ?? 512,
    batch: options.batch ?? facts.defaults.batch?.value ?? 2048,
  });
}

/** As `--ctx-size`, `--parallel`, `--ubatch-size` and `--batch-size` say. */
export function padContext(
  tokens: number,
  slots: number,
  batch: { readonly ubatch: number; readonly batch: number },
): LlamaContext {
  const padded = pad(tokens);
  const perSlot = pad(padded / slots);
  const rows = Math.min(batch.ubatch, batch.batch, padded);
  // The graph is measured with as many rows in every slot.
  return { slots, perSlot, total: perSlot * slots, ubatch: Math.ceil(rows / slots) * slots };
}
