/** What searches have learnt of instances: the next question about the same load starts from it. */
import type { SearchCause, SearchQuery } from "../domain/search.ts";
import type { OperatingPoint } from "../model/serving/operating-point.ts";
import type { PreparedService } from "../model/serving/solve-fast.ts";
import type { Family } from "./enumerate.ts";
import type { InstanceMemoryJudge } from "./instance-memory.ts";

/** What the limits of a query are held against. */
export type Settled = Pick<OperatingPoint, "rate" | "tpotMs" | "ttftMs" | "saturated">;

/** How one replica of an instance stands under a number of users. */
export type Outcome =
  | { readonly clients: number; readonly cause: SearchCause; readonly point?: never }
  | {
      readonly clients: number;
      readonly cause?: never;
      readonly point: Settled;
      /** Position of the speed's basis, or until a row asks the decode batch that it follows from. */
      basis: number | { readonly decodeBatch: number };
    };

/** What is known of one instance. */
export interface Instance {
  /** Set where it can serve no load. */
  readonly refusal: SearchCause | undefined;
  /** Absent where what was learnt elsewhere has sufficed so far. */
  memory: InstanceMemoryJudge | undefined;
  /** While its family is judged; null where its speed cannot be told. */
  service: PreparedService | null | undefined;
  /** Each for another number of users of one replica; few. */
  readonly outcomes: Outcome[];
}

/** By number of the instance in its family's list. */
export type Instances = (Instance | undefined)[];

/** Answers that were worked out elsewhere for one load. */
export interface LearntElsewhere {
  /** As `loadKey` writes it. */
  readonly load: string;
  has(family: Family): boolean;
  /** Every load of every instance of a family; none of a family that it does not have. */
  of(family: Family): Instances;
}

/** All that the answers of an instance follow from in a query. */
export const loadKey = ({ model, workload, concurrencySteps }: SearchQuery): string =>
  JSON.stringify([model, workload, concurrencySteps ?? null]);

/**
 * Instances of one workload and its loads; another workload starts over.
 *
 * What fits and where a load settles follow from neither limits nor prices nor the objective, so that a
 * question with other limits, or about fewer accelerators, finds its answers here.
 */
export class KnownInstances {
  private load = "";
  private readonly families = new Map<string, Map<string, Instances>>();
  private readonly elsewhere: LearntElsewhere | null;

  constructor(elsewhere: LearntElsewhere | null = null) {
    this.elsewhere = elsewhere;
  }

  /** Forgets everything unless it was learnt for this query's load. */
  open(query: SearchQuery): void {
    const load = loadKey(query);
    if (load === this.load) return;
    this.load = load;
    this.families.clear();
  }

  /** Whether what is asked was worked out elsewhere, at least in part. */
  isLearntElsewhere(query: SearchQuery): boolean {
    return this.elsewhere?.load === loadKey(query);
  }

  /** Whether a family's every answer was learnt elsewhere, so that nothing has to be worked out. */
  isWhole(family: Family): boolean {
    return this.elsewhere?.load === this.load && this.elsewhere.has(family);
  }

  of(family: Family): Instances {
    const { key, list } = family;
    let families = this.families.get(list);
    if (families === undefined) {
      families = new Map<string, Instances>();
      this.families.set(list, families);
    }
    let known = families.get(key);
    if (known === undefined) {
      const { elsewhere } = this;
      known = elsewhere?.load === this.load ? elsewhere.of(family) : [];
      families.set(key, known);
    }
    return known;
  }
}
