/** What the weights take on disk while they come to be, and after. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { GgufManifest } from "../../domain/tensor.ts";
import { weightTotals } from "../../tensors/weight-totals.ts";
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
  const download = checkpointBytes(ir.model.architecture, origin.repository.weights);
  if (origin.kind === "repository") {
    return { download, intermediate: 0, serving, bytes: download, because: `${gb(download)} checkpoint` };
  }
  if (origin.kind === "mlx") {
    const because = `${gb(download)} checkpoint + ${gb(serving)} result`;
    return { download, intermediate: 0, serving, bytes: download + serving, because };
  }
  const intermediate = sixteenBitBytes(origin.manifest);
  const bytes = download + intermediate + 2 * serving;
  return {
    download,
    intermediate,
    serving,
    bytes,
    because: `${gb(download)} checkpoint + ${gb(intermediate)} 16-bit GGUF + ${gb(serving)} result, twice${origin.manifest.splits.length > 1 ? " while it is split" : ": the file and the engine's own copy"}`,
  };
}

/** A published checkpoint holds the MTP layer, whether it is served or not. */
const checkpointBytes = (architecture: MlaArchitecture, weights: string): number =>
  weightTotals(architecture, weights, { mtpLayer: true }).total;

/** The file before quantization: F32 tensors stay, all others take two bytes an element. */
function sixteenBitBytes({ tensors, type }: GgufManifest): number {
  const size = type === "F32" ? 4 : 2;
  return tensors.reduce((sum, tensor) => {
    const elements = tensor.shape.reduce((product, axis) => product * axis, 1);
    return sum + elements * (tensor.type === "f32" ? 4 : size);
  }, 0);
}
