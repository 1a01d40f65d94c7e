/** What a reader of the estimate should know besides its numbers. */
import type { Note } from "../../domain/estimate.ts";
import { formatFileSize } from "../../units/format.ts";
import { readsPublished, type FinetunePlan } from "../../domain/finetune-plan.ts";
import type { ReleasedOffer } from "./offers.ts";

/** `cast`: bytes of the BF16 copy; absent where the model is not known. */
export function notesOf(plan: FinetunePlan, offer?: ReleasedOffer, cast?: number): Note[] {
  const notes: Note[] = [];
  const { layout, cluster } = plan;
  if (plan.base === "bf16" || plan.method === "full")
    notes.push({
      kind: "information",
      message: `Frameworks read BF16: the FP8 checkpoint is cast first${cast === undefined ? "" : `, to ${formatFileSize(cast)}`}.`,
    });
  if (plan.method === "qlora" && plan.framework === "llamafactory")
    notes.push({
      kind: "warning",
      message:
        "bitsandbytes packs linear modules: with Transformers 5, which fuses the experts into one tensor, they stay in BF16. Pin a 4.x version.",
    });
  if (layout.experts === "cpu" && cluster.hostMemoryGiB === undefined)
    notes.push({
      kind: "assumption",
      message: "The plan does not say how much host memory there is: enough is assumed.",
      path: "cluster.hostMemoryGiB",
    });
  if (layout.sharding === "full" && cluster.nodes > 1)
    notes.push({
      kind: "information",
      message:
        "Every micro-batch moves the whole model over the network twice: larger micro-batches cost no more time there.",
    });
  if (readsPublished(plan))
    notes.push({
      kind: "warning",
      message:
        "The host multiplies the published FP8 as it is: without AMX, but its processor needs AVX-512 with BF16, VNNI and VBMI. How fast that is, is not published: assumed a third of AMX.",
      path: "base",
    });
  if (offer !== undefined)
    notes.push({ kind: "information", message: `Offered by ${offer.name}, ${offer.version}.` });
  return notes;
}
