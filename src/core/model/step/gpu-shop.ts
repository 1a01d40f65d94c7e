/** What the builders of an instance's operators share. */
import type { Accelerator } from "../../domain/catalog.ts";
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { RooflineProfile } from "../ops/roofline-profile.ts";
import type { TableIndex } from "../ops/table-index.ts";
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
