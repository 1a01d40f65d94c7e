/** Memory of one accelerator while a dense student learns, by part. */
import type { DenseArchitecture } from "../../domain/dense-architecture.ts";
import type { StudentMemory } from "../../domain/distill-estimate.ts";
import type { FinetuneMethod } from "../../domain/finetune-plan.ts";
import type { StudentOptimizer } from "../../domain/student.ts";
import { countDenseParameters, listDenseTensors, type DensePart } from "../../tensors/dense-tensors.ts";

/** How a student is trained: what memory and time follow from. */
export interface StudentRun {
  readonly architecture: DenseArchitecture;
  readonly method: FinetuneMethod;
  readonly rank: number;
  readonly accelerators: number;
  readonly sequenceTokens: number;
  readonly microBatch: number;
  readonly recompute: boolean;
  readonly optimizer: StudentOptimizer;
  readonly fusedLoss: boolean;
  /** Parameters, gradients and optimizer states are shared out over the accelerators (ZeRO-3, FSDP). */
  readonly sharded: boolean;
  /** Gradients of several passes are summed before a step: they stay in memory through the forward pass. */
  readonly accumulates: boolean;
  /** Passes whose gradients make one step. Absent: one, as in measured steps. */
  readonly passesPerStep?: number;
}

const ADAPTED: ReadonlySet<DensePart> = new Set<DensePart>(["q", "k", "v", "qkv", "o", "gate", "up", "down"]);

/**
 * Parameters of LoRA adapters on every linear layer of every block.
 *
 *   sum over matrices of rank × (in + out)
 *
 * Anchor   rank 16 on Qwen3-8B: 43,646,976, as PEFT counts them: student-memory.test.ts
 */
export function adapterParameters(a: DenseArchitecture, rank: number): number {
  return listDenseTensors(a).reduce(
    (sum, { part, shape: [input = 0, output = 0] }) =>
      ADAPTED.has(part) ? sum + rank * (input + output) : sum,
    0,
  );
}

/** 4-bit NormalFloat with doubly quantized scales: 4 bits, a byte of 64, four bytes of 64 × 256. */
const NF4_BYTES = 0.5 + 1 / 64 + 4 / (64 * 256);

/** Bytes that an element of a layer's activations keeps for the backward pass, by axis of the layer. */
interface Kept {
  readonly hidden: number;
  readonly heads: number;
  readonly inner: number;
}

/**
 * Solved from measured steps without recomputation on an H100 (planner-data/students/training.json): Qwen3
 * shapes of 0.6B, 1.7B and 4B give three equations, 8B is within 3 %. Adapters keep 32-bit copies of inputs.
 */
const KEPT: Readonly<Record<"full" | "adapters", Kept>> = {
  full: { hidden: 11.2, heads: 7.5, inner: 9.7 },
  adapters: { hidden: 16.1, heads: 8.2, inner: 13.9 },
};

/** 16-bit logits, 32-bit ones, and a gradient of each: what a step without a fused loss held at its peak. */
const BYTES_PER_LOGIT = 12;
/** A fused loss works through the vocabulary for this many tokens at once. */
const FUSED_CHUNK_TOKENS = 1024;
/** Driver, CUDA context and libraries' workspaces. */
const CONTEXT_BYTES = 0.6 * 2 ** 30;
/** What the allocator reserved beyond the peak, as a share of activations: with and without recomputation. */
const SLACK = { recompute: 0.25, kept: 0.06 } as const;

/** Bytes of one layer and token that the backward pass needs. */
export function layerActivationBytes(a: DenseArchitecture, method: FinetuneMethod): number {
  const { hidden, heads, inner } = KEPT[method === "full" ? "full" : "adapters"];
  const width = (a.headCount + 2 * a.kvHeadCount) * a.headDim;
  return hidden * a.hiddenSize + heads * width + inner * a.intermediateSize;
}

interface StateBytes {
  readonly weight: number;
  readonly gradient: number;
  readonly optimizer: number;
}

/** Of one trained parameter. Adapters are kept in 32 bits, as PEFT does. */
function stateBytes({ method, optimizer }: StudentRun): StateBytes {
  if (method !== "full") return { weight: 4, gradient: 4, optimizer: optimizer === "adamw-8bit" ? 2 : 8 };
  // 32-bit master weights beside the 16-bit ones, except where everything is 16-bit.
  const states: Readonly<Record<StudentOptimizer, number>> = { adamw: 12, "adamw-8bit": 6, "adamw-bf16": 4 };
  return { weight: 2, gradient: 2, optimizer: states[optimizer] };
}

/** Bytes of the base as the accelerator stores it: QLoRA keeps embeddings and norms in 16 bits. */
function baseBytes({ architecture, method }: StudentRun): number {
  const { total, multiplied, embedding } = countDenseParameters(architecture);
  if (method !== "qlora") return 2 * total;
  const matrices = multiplied - embedding;
  return NF4_BYTES * matrices + 2 * (total - matrices);
}

/**
 * Memory of one accelerator by part.
 *
 *   weights      parameters × 2 B (QLoRA: 4.13 bits a matrix element)
 *   gradients    trained × 2 B (adapters: 4 B)
 *   optimizer    trained × 12 B with 32-bit masters and moments, 6 with 8-bit moments, 4 all in 16 bits
 *   activations  tokens × (layers × inputs + one layer), or tokens × layers × one layer
 *   logits       tokens × vocabulary × 12 B, unless the loss is fused
 *
 * Per      accelerator. Sharded runs divide weights, gradients and optimizer by their number and gather two
 *          layers at a time.
 * Source   fathom-h100-students; torchtune-readme as a check
 * Anchor   peaks of 58 measured steps within 10 %, median 1 %: student-memory.test.ts
 */
export function studentMemory(run: StudentRun, capacity: number): StudentMemory {
  const { architecture: a, method, rank, accelerators, sharded } = run;
  const shards = sharded ? accelerators : 1;
  const parameters = countDenseParameters(a);
  const adapters = method === "full" ? 0 : adapterParameters(a, rank);
  const trained = method === "full" ? parameters.total : adapters;
  const bytes = stateBytes(run);
  const tokens = run.sequenceTokens * run.microBatch;
  const layer = layerActivationBytes(a, method);
  const inputs = 2 * a.layerCount * a.hiddenSize;
  // At the loss all inputs are held and no layer is being recomputed; a fused loss leaves the layer as the peak.
  const logits = run.fusedLoss
    ? Math.min(tokens, FUSED_CHUNK_TOKENS) * a.vocabularySize * BYTES_PER_LOGIT
    : tokens * a.vocabularySize * BYTES_PER_LOGIT;
  const activations = tokens * (run.recompute ? inputs : a.layerCount * layer);
  const working = run.recompute ? Math.max(0, tokens * layer - logits) : 0;
  const gathered = sharded ? (2 * 2 * (parameters.total - parameters.embedding)) / a.layerCount : 0;
  const gradients = (trained * bytes.gradient) / shards;
  const slack = (activations + logits) * (run.recompute ? SLACK.recompute : SLACK.kept);
  const parts = {
    weights: baseBytes(run) / shards,
    adapters: (adapters * bytes.weight) / shards,
    gradients,
    optimizer: (trained * bytes.optimizer) / shards,
    activations: activations + working,
    logits,
    buffers: gathered + CONTEXT_BYTES + slack,
  };
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0);
  // Without accumulation the gradients come as the activations go: only the larger of the two is there.
  const hidden = run.accumulates ? 0 : Math.min(gradients, parts.activations + logits);
  return { ...parts, gradients: gradients - hidden, total: total - hidden, capacity };
}
