/** What the weights take on disk while they come to be, and after. */
import { gb } from "../engines/arguments.ts";
import type { KitIr } from "../ir.ts";

export interface DiskNeeds {
  /** Published checkpoint. */
  readonly download: number;
  /** The 16-bit GGUF between; 0 without conversion. */
  readonly intermediate: number;
  readonly serving: number;
  /** The most that lies there at once. */
  readonly bytes: number;
  readonly because: string;
}

export function diskNeeds(ir: KitIr): DiskNeeds {
  const { origin, serving } = ir;
  if (origin.kind === "repository") {
    return { download: serving, intermediate: 0, serving, bytes: serving, because: `${gb(serving)} of weights` };
  }
  const download = Math.ceil(origin.manifest.parameters * 1.03);
  const intermediate = 2 * origin.manifest.parameters;
  const bytes = download + intermediate + 2 * serving;
  return {
    download,
    intermediate,
    serving,
    bytes,
    because: `${gb(download)} checkpoint + ${gb(intermediate)} BF16 GGUF + ${gb(serving)} result, twice while it is split`,
  };
}
