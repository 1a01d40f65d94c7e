/** What the builders of an instance's operators share. */
import type { Accelerator } from "../../domain/catalog.ts";
import type { MlaArchitecture } from "../../domain/architecture.ts";
import { peakFlops, type Precision } from "../ops/precision.ts";
import type { RooflineProfile } from "../ops/roofline-profile.ts";
import type { TableIndex } from "../ops/table-index.ts";
import type { Peaks } from "../ops/roofline-limit.ts";
import type { GpuLayout } from "./gpu-layout.ts";

export interface Shop {
  readonly architecture: MlaArchitecture;
  readonly accelerator: Accelerator;
  readonly layout: GpuLayout;
  readonly tables: TableIndex | null;
  readonly profile: RooflineProfile;
  /** Whose expert kernels stand for this engine. */
  readonly engine: string;
  readonly acceleratorsPerNode: number;
}

export function peaks(accelerator: Accelerator, compute: Precision["compute"]): Peaks {
  return {
    bytesPerMs: accelerator.memoryBandwidth.value / 1e3,
    flopPerMs: peakFlops(accelerator, compute) / 1e3,
  };
}
