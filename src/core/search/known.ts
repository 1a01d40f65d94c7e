/** What searches have learnt of instances: the next question about the same load starts from it. */
import type { SearchCause, SearchQuery } from "../domain/search.ts";
import type { OperatingPoint } from "../model/serving/operating-point.ts";
import type { PreparedService } from "../model/serving/solve-fast.ts";
import type { Family } from "./enumerate.ts";
import type { InstanceMemoryJudge } from "./instance-memory.ts";

/** How one replica of an instance stands under a number of users. */
export type Outcome =
  | { readonly cause: SearchCause; readonly point?: never }
  | {
      readonly cause?: never;
      readonly point: OperatingPoint;
      /** Position of the speed's basis; below zero until a row asks. */
      basis: number;
    };

/** What is known of one instance. */
export interface Instance {
  readonly memory: InstanceMemoryJudge;
  /** While its family is judged; null where its speed cannot be told. */
  service: PreparedService | null | undefined;
  /** By users of one replica. */
  readonly outcomes: Map<number, Outcome>;
}

/** By number of the instance in its family's list. */
type Instances = (Instance | undefined)[];

/**
 * Instances of one workload and its loads; another workload starts over.
 *
 * What fits and where a load settles follow from neither limits nor prices nor the objective, so that a
 * question with other limits, or about fewer accelerators, finds its answers here.
 */
export class KnownInstances {
  private load = "";
  private readonly families = new Map<string, Instances>();

  /** Forgets everything unless it was learnt for this query's load. */
  open({ model, workload, concurrencySteps }: SearchQuery): void {
    const load = JSON.stringify([model, workload, concurrencySteps ?? null]);
    if (load === this.load) return;
    this.load = load;
    this.families.clear();
  }

  of({ key }: Family): Instances {
    let known = this.families.get(key);
    if (known === undefined) this.families.set(key, (known = []));
    return known;
  }
}
