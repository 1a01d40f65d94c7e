/** Decides candidates: the numbers of those that meet every constraint, the cause of those that do not. */
import type { Plan } from "../domain/plan.ts";
import type { SearchCause, SearchDictionaries, SearchQuery } from "../domain/search.ts";
import type { OperatingPoint } from "../model/serving/operating-point.ts";
import { prepareService, type PreparedService } from "../model/serving/solve-fast.ts";
import type { MemoryFacts } from "../model/memory/memory-facts.ts";
import type { Arrangement } from "./arrangements.ts";
import { planOf, type Family, type SearchSpace } from "./enumerate.ts";
import {
  ClusterCosts,
  modelFacts,
  refuseEngine,
  type ClusterCost,
  type SearchFacts,
} from "./family-facts.ts";
import { judgeInstance, type InstanceMemoryJudge } from "./instance-memory.ts";
import { limitOf } from "./relax.ts";
import type { RowStore } from "./rows.ts";
import { NEAR, type Tally } from "./tally.ts";

/** Work of one candidate that goes through the serving solver is 1; the rest in its terms. */
const WORK = { family: 0.2, instance: 2, service: 4 } as const;

/** What is known of one instance while its arrangements pass by. */
interface Instance {
  readonly memory: InstanceMemoryJudge;
  service: PreparedService | null | undefined;
  readonly points: Map<number, OperatingPoint>;
  /** Users of one replica from which a token takes more than twice its limit; more users are slower still. */
  tooSlowFrom: number;
  basis: number;
}

/** Constraints that a candidate fails so far: the first, how many, and the value that the first would need. */
interface Failure {
  readonly cause: SearchCause;
  readonly needed: number;
  readonly more: boolean;
}

export class Judge {
  work = 0;
  private readonly space: SearchSpace;
  private readonly query: SearchQuery;
  private readonly facts: SearchFacts;
  private readonly tally: Tally;
  private readonly rows: RowStore;
  private readonly costs: ClusterCosts;
  private readonly engineIds: ReadonlyMap<string, number>;
  private readonly weightIds: ReadonlyMap<string, number>;
  private readonly acceleratorIds: ReadonlyMap<string, number>;
  private readonly dictionaries: SearchDictionaries;

  constructor(
    space: SearchSpace,
    facts: SearchFacts,
    dictionaries: SearchDictionaries,
    tally: Tally,
    rows: RowStore,
  ) {
    this.space = space;
    this.query = space.query;
    this.facts = facts;
    this.tally = tally;
    this.rows = rows;
    this.costs = new ClusterCosts(facts.catalog);
    this.dictionaries = dictionaries;
    this.engineIds = positions(dictionaries.engines);
    this.weightIds = positions(dictionaries.weights);
    this.acceleratorIds = positions(dictionaries.accelerators.map((id) => id ?? ""));
  }

  /** Decides every candidate of a family. */
  family(family: Family): void {
    const { space } = this;
    const perArrangement = space.loads.length;
    const first = family.arrangements[0];
    if (first === undefined || perArrangement === 0) return;
    this.work += WORK.family;
    const facts = refuseEngine(planOf(space, family, first, space.loads[0]), this.facts.catalog);
    if (typeof facts === "string") {
      this.tally.reject(facts, family.arrangements.length * perArrangement);
      return;
    }
    let number = -1;
    let instance: Instance | null = null;
    family.arrangements.forEach((arrangement, i) => {
      const start = family.start + i * perArrangement;
      if (arrangement.instance !== number) {
        number = arrangement.instance;
        instance = null;
      }
      instance = this.arrangement(family, arrangement, start, facts, instance);
    });
  }

  /** Decides all loads of an arrangement; gives back what it learnt of the instance. */
  private arrangement(
    family: Family,
    arrangement: Arrangement,
    start: number,
    facts: MemoryFacts,
    known: Instance | null,
  ): Instance | null {
    const { space, tally } = this;
    const { loads } = space;
    const lightest = planOf(space, family, arrangement, loads[0]);
    const cluster = this.costs.of(lightest);
    const failure = this.clusterFailure(cluster);
    if (failure !== undefined && !this.isNear(failure)) {
      tally.reject(failure.cause, loads.length);
      return known;
    }
    const instance = known ?? this.instance(family, arrangement, lightest, facts);
    if (instance.memory.refusal !== undefined) {
      tally.reject(failure?.cause ?? instance.memory.refusal, loads.length);
      return instance;
    }
    for (let i = 0; i < loads.length; i++) {
      const plan = i === 0 ? lightest : planOf(space, family, arrangement, loads[i]);
      const verdict = instance.memory.judge(plan);
      if (!verdict.fits) {
        // More users need more cache: the heavier loads fall with this one.
        tally.reject(failure?.cause ?? verdict.cause, loads.length - i);
        break;
      }
      this.candidate(start + i, family, plan, instance, verdict.limit, cluster, failure);
    }
    return instance;
  }

  private instance(family: Family, arrangement: Arrangement, plan: Plan, facts: MemoryFacts): Instance {
    const { space } = this;
    this.work += WORK.instance;
    const heaviest = planOf(space, family, arrangement, space.loads.at(-1));
    const memory = judgeInstance(plan, facts, this.facts.catalog, heaviest);
    return { memory, service: undefined, points: new Map(), tooSlowFrom: Infinity, basis: -1 };
  }

  private clusterFailure({ usdPerHour, watts }: ClusterCost): Failure | undefined {
    const { budget, powerWatts } = this.query;
    const priced = budget.usdPerHour !== undefined || budget.usdPerMillionOutputTokens !== undefined;
    if (priced && Number.isNaN(usdPerHour)) return { cause: "price-unknown", needed: NaN, more: false };
    const dear = budget.usdPerHour !== undefined && usdPerHour > budget.usdPerHour;
    if (powerWatts !== undefined && watts === null)
      return { cause: "missing-fact", needed: NaN, more: false };
    const hungry = powerWatts !== undefined && watts !== null && watts > powerWatts;
    if (dear) return { cause: "usd-per-hour", needed: usdPerHour, more: hungry };
    return hungry ? { cause: "power", needed: watts, more: false } : undefined;
  }

  /** Whether a wider limit could still let the candidate in. */
  private isNear({ cause, needed, more }: Failure): boolean {
    const limit = limitOf(this.query, cause);
    return !more && limit !== undefined && needed <= NEAR * limit;
  }

  private candidate(
    candidate: number,
    family: Family,
    plan: Plan,
    instance: Instance,
    limit: number | undefined,
    cluster: ClusterCost,
    failed: Failure | undefined,
  ): void {
    const { tally, query } = this;
    const { concurrency } = plan.workload;
    const { replicas } = plan.layout;
    const clients = concurrency === undefined ? -replicas : concurrency / replicas;
    if (concurrency !== undefined && clients >= instance.tooSlowFrom) {
      tally.reject(failed?.cause ?? "tpot", 1);
      return;
    }
    const point = this.settle(plan, instance, clients, limit);
    if (point === null) {
      tally.reject(failed?.cause ?? "missing-fact", 1);
      return;
    }
    const { tpotMs } = query.slo;
    if (tpotMs !== undefined && point.tpotMs > NEAR * tpotMs)
      instance.tooSlowFrom = Math.min(clients, instance.tooSlowFrom);
    const row = numbersOf(plan, point, cluster.usdPerHour);
    const failure = this.speedFailure(row, point, failed);
    if (failure === undefined) {
      this.keep(candidate, family, plan, instance, point, row, cluster);
      return;
    }
    tally.reject(failure.cause, 1);
    if (!this.isNear(failure)) return;
    tally.nearMiss(
      failure.cause,
      candidate,
      failure.needed,
      this.rank(plan, row),
      row.usdPerMillionOutputTokens,
    );
  }

  private settle(
    plan: Plan,
    instance: Instance,
    clients: number,
    limit: number | undefined,
  ): OperatingPoint | null {
    const known = instance.points.get(clients);
    if (known !== undefined) return known;
    if (instance.service === undefined) {
      this.work += WORK.service;
      const service = prepareService(plan, modelFacts(this.facts, plan.cluster.accelerator));
      instance.service = service.ok ? service.value : null;
    }
    if (instance.service === null) return null;
    this.work += 1;
    const point = instance.service.settle(plan, limit);
    instance.points.set(clients, point);
    return point;
  }

  private speedFailure(
    row: Numbers,
    point: OperatingPoint,
    failed: Failure | undefined,
  ): Failure | undefined {
    const { slo, budget } = this.query;
    let failure = failed;
    const fail = (cause: SearchCause, needed: number) => {
      failure = failure === undefined ? { cause, needed, more: false } : { ...failure, more: true };
    };
    if (slo.tpotMs !== undefined && point.tpotMs > slo.tpotMs) fail("tpot", point.tpotMs);
    if (point.saturated === "rate") fail("ttft", Infinity);
    else if (slo.ttftMs !== undefined && point.ttftMs > slo.ttftMs) fail("ttft", point.ttftMs);
    const perMillion = budget.usdPerMillionOutputTokens;
    if (perMillion !== undefined && row.usdPerMillionOutputTokens > perMillion) {
      fail("usd-per-million", row.usdPerMillionOutputTokens);
    }
    return failure;
  }

  private rank(plan: Plan, row: Numbers): number {
    if (this.query.objective === "fastest") return -row.tokensPerSecondPerUser;
    if (this.query.objective === "smallest") return plan.cluster.acceleratorsPerNode * plan.cluster.nodes;
    return Number.isNaN(row.usdPerMillionOutputTokens) ? Infinity : row.usdPerMillionOutputTokens;
  }

  private keep(
    candidate: number,
    family: Family,
    plan: Plan,
    instance: Instance,
    point: OperatingPoint,
    row: Numbers,
    { usdPerHour }: ClusterCost,
  ): void {
    if (instance.basis < 0) {
      const basis = instance.service?.basisAt(point.decodeBatch) ?? "assumed";
      instance.basis = this.dictionaries.bases.indexOf(basis);
      this.work += 1;
    }
    this.tally.tried += 1;
    this.tally.feasible += 1;
    this.rows.push({
      candidate,
      ...row,
      ttftMs: point.ttftMs,
      usdPerHour,
      accelerators: plan.cluster.acceleratorsPerNode * plan.cluster.nodes,
      users: plan.workload.concurrency ?? 0,
      engine: this.engineIds.get(family.engine) ?? 0,
      weights: this.weightIds.get(family.weights) ?? 0,
      accelerator: this.acceleratorIds.get(family.accelerator ?? "") ?? 0,
      basis: instance.basis,
    });
  }
}

interface Numbers {
  readonly usdPerMillionOutputTokens: number;
  readonly tokensPerSecondPerUser: number;
  readonly outputTokensPerSecond: number;
}

/** The same arithmetic, in the same order, as `describePerformance` and `estimateCost`. */
function numbersOf(plan: Plan, point: OperatingPoint, usdPerHour: number): Numbers {
  const rate = point.rate * plan.layout.replicas;
  const outputTokensPerSecond = rate * 1e3 * plan.workload.outputTokens;
  return {
    outputTokensPerSecond,
    tokensPerSecondPerUser: 1e3 / point.tpotMs,
    usdPerMillionOutputTokens: (usdPerHour / 3600 / outputTokensPerSecond) * 1e6,
  };
}

function positions(ids: readonly string[]): ReadonlyMap<string, number> {
  return new Map(ids.map((id, i) => [id, i]));
}
