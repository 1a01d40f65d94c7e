/** convert/: from the published checkpoint to the GGUF files of the plan. */
import type { Draft, Parts } from "./draft.ts";

export function convertFiles({ ir }: Parts): Draft[] {
  if (ir.origin.kind !== "convert") return [];
  return [];
}
