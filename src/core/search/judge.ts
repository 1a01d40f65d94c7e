/** Decides candidates: the numbers of those that meet every constraint, the cause of those that do not. */
import type { Plan, WorkloadPlan } from "../domain/plan.ts";
import type { SearchCause, SearchDictionaries } from "../domain/search.ts";
import type { OperatingPoint } from "../model/serving/operating-point.ts";
import { prepareService, type PreparedService } from "../model/serving/solve-fast.ts";
import type { MemoryFacts } from "../model/memory/memory-facts.ts";
import type { Arrangement } from "./arrangements.ts";
import { clusterFailure, isNear, speedFailure, type Failure } from "./constraints.ts";
import { planOf, type Family, type SearchSpace } from "./enumerate.ts";
import { clusterCost, modelFacts, refuseEngine, type ClusterCost, type SearchFacts } from "./family-facts.ts";
import { judgeInstance, type InstanceMemoryJudge } from "./instance-memory.ts";
import type { RowStore } from "./rows.ts";
import { NEAR, type Tally } from "./tally.ts";

/** Work of one load that goes through the serving solver is 1; the rest in its terms. */
const WORK = { family: 0.2, instance: 2, service: 4 } as const;

/** How one replica of an instance stands under a number of users. */
type Outcome = { readonly cause: SearchCause } | { readonly cause?: never; readonly point: OperatingPoint };

/** What is known of one instance while its arrangements pass by. */
interface Instance {
  readonly memory: InstanceMemoryJudge;
  service: PreparedService | null | undefined;
  /** By users of one replica. */
  readonly outcomes: Map<number, Outcome>;
  /** Users of one replica from which a token takes more than twice its limit; more users are slower still. */
  tooSlowFrom: number;
  basis: number;
}

const TOO_SLOW: Outcome = { cause: "tpot" };
const UNKNOWN_SPEED: Outcome = { cause: "missing-fact" };

/** A family under judgement, with its rows' dictionary positions. */
interface Case {
  readonly family: Family;
  readonly facts: MemoryFacts;
  readonly engine: number;
  readonly weights: number;
  readonly accelerator: number;
}

export class Judge {
  work = 0;
  private readonly space: SearchSpace;
  private readonly facts: SearchFacts;
  private readonly tally: Tally;
  private readonly rows: RowStore;
  private readonly names: SearchDictionaries;
  /** Position of the softest basis that is let in. */
  private readonly softest: number;
  private readonly workloads: readonly WorkloadPlan[];
  /** By list of arrangements and accelerator: clusters in the order of their shapes. */
  private readonly costs = new Map<string, ClusterCost[]>();

  constructor(
    space: SearchSpace,
    facts: SearchFacts,
    names: SearchDictionaries,
    tally: Tally,
    rows: RowStore,
  ) {
    this.space = space;
    this.facts = facts;
    this.names = names;
    this.tally = tally;
    this.rows = rows;
    const { workload, softestBasis } = space.query;
    this.softest = softestBasis === undefined ? names.bases.length : names.bases.indexOf(softestBasis);
    this.workloads = space.loads.map((users) =>
      users === undefined ? workload : { ...workload, concurrency: users },
    );
  }

  /** Decides every candidate of a family. */
  family(family: Family): void {
    const { space, names } = this;
    const perArrangement = space.loads.length;
    const first = family.arrangements[0];
    if (first === undefined || perArrangement === 0) return;
    this.work += WORK.family;
    const facts = refuseEngine(planOf(space, family, first, space.loads[0]), this.facts.catalog);
    if (typeof facts === "string") {
      this.tally.reject(facts, family.arrangements.length * perArrangement);
      return;
    }
    const { accelerator } = family;
    const case_: Case = {
      family,
      facts,
      engine: names.engines.indexOf(family.engine),
      weights: names.weights.indexOf(family.weights),
      accelerator: accelerator === undefined ? 0 : names.accelerators.indexOf(accelerator),
    };
    let number = -1;
    let instance: Instance | null = null;
    for (let i = 0; i < family.arrangements.length; i++) {
      const arrangement = family.arrangements[i] as Arrangement;
      if (arrangement.instance !== number) {
        number = arrangement.instance;
        instance = null;
      }
      instance = this.arrangement(case_, arrangement, family.start + i * perArrangement, instance);
    }
  }

  /** Decides all loads of an arrangement; gives back what it learnt of the instance. */
  private arrangement(
    c: Case,
    arrangement: Arrangement,
    start: number,
    known: Instance | null,
  ): Instance | null {
    const { space, tally } = this;
    const count = space.loads.length;
    const cluster = this.cost(c, arrangement);
    const failure = clusterFailure(space.query, cluster);
    if (failure !== undefined && !isNear(space.query, failure)) {
      tally.reject(failure.cause, count);
      return known;
    }
    const instance = known ?? this.instance(c, arrangement);
    if (instance.memory.refusal !== undefined) {
      tally.reject(failure?.cause ?? instance.memory.refusal, count);
      return instance;
    }
    for (let i = 0; i < count; i++) {
      const outcome = this.outcome(c, arrangement, i, instance);
      if (outcome.cause !== undefined) {
        // More users need more cache and more time: the heavier loads fall with this one.
        tally.reject(failure?.cause ?? outcome.cause, count - i);
        break;
      }
      this.candidate(start + i, c, arrangement, i, instance, outcome.point, cluster, failure);
    }
    return instance;
  }

  private cost({ family }: Case, arrangement: Arrangement): ClusterCost {
    const key = family.accelerator ?? "";
    let known = this.costs.get(key);
    if (known === undefined) this.costs.set(key, (known = []));
    return (known[arrangement.shape] ??= clusterCost(
      planOf(this.space, family, arrangement, this.space.loads[0]),
      this.facts.catalog,
    ));
  }

  private instance({ family, facts }: Case, arrangement: Arrangement): Instance {
    const { space } = this;
    this.work += WORK.instance;
    const plan = (load: number | undefined) => planOf(space, family, arrangement, load);
    const memory = judgeInstance(plan(space.loads[0]), facts, this.facts.catalog, () =>
      plan(space.loads.at(-1)),
    );
    return { memory, service: undefined, outcomes: new Map(), tooSlowFrom: Infinity, basis: -1 };
  }

  /** Memory and speed of one replica; the same for all arrangements with as many users a replica. */
  private outcome({ family }: Case, arrangement: Arrangement, load: number, instance: Instance): Outcome {
    const { space } = this;
    const users = space.loads[load];
    const { replicas } = arrangement;
    // Of an arrival rate the wait before admission depends on the replicas, not on users.
    const clients = users === undefined ? -replicas : users / replicas;
    const known = instance.outcomes.get(clients);
    if (known !== undefined) return known;
    const plan = () => planOf(space, family, arrangement, users);
    const verdict = instance.memory.judge(this.workloads[load] as WorkloadPlan, replicas, plan);
    let outcome: Outcome;
    if (!verdict.fits) outcome = { cause: verdict.cause };
    else if (clients >= instance.tooSlowFrom) outcome = TOO_SLOW;
    else outcome = this.settle(plan(), instance, verdict.limit);
    instance.outcomes.set(clients, outcome);
    const { tpotMs } = space.query.slo;
    if (outcome.cause !== undefined || tpotMs === undefined || users === undefined) return outcome;
    if (outcome.point.tpotMs > NEAR * tpotMs) {
      instance.tooSlowFrom = Math.min(clients, instance.tooSlowFrom);
    }
    return outcome;
  }

  private settle(plan: Plan, instance: Instance, limit: number | undefined): Outcome {
    if (instance.service === undefined) {
      this.work += WORK.service;
      const service = prepareService(plan, modelFacts(this.facts, plan.cluster.accelerator));
      instance.service = service.ok ? service.value : null;
    }
    if (instance.service === null) return UNKNOWN_SPEED;
    this.work += 1;
    return { point: instance.service.settle(plan, limit) };
  }

  /** The same arithmetic, in the same order, as `describePerformance` and `estimateCost`. */
  private candidate(
    candidate: number,
    c: Case,
    arrangement: Arrangement,
    load: number,
    instance: Instance,
    point: OperatingPoint,
    { usdPerHour }: ClusterCost,
    failed: Failure | undefined,
  ): void {
    const { tally, space } = this;
    const { query } = space;
    const rate = point.rate * arrangement.replicas;
    const outputTokensPerSecond = rate * 1e3 * query.workload.outputTokens;
    const usdPerMillion = (usdPerHour / 3600 / outputTokensPerSecond) * 1e6;
    const failure = speedFailure(query, point, usdPerMillion, failed);
    const accelerators = arrangement.acceleratorsPerNode * arrangement.nodes;
    if (failure !== undefined) {
      tally.reject(failure.cause, 1);
      if (!isNear(query, failure) || this.basis(instance, point) > this.softest) return;
      const rank = this.rank(usdPerMillion, 1e3 / point.tpotMs, accelerators);
      tally.nearMiss(failure.cause, candidate, failure.needed, rank, usdPerMillion);
      return;
    }
    const basis = this.basis(instance, point);
    if (basis > this.softest) {
      tally.reject("basis", 1);
      return;
    }
    tally.tried += 1;
    tally.feasible += 1;
    const i = this.rows.add();
    const { columns } = this.rows;
    columns.candidate[i] = candidate;
    columns.usdPerMillionOutputTokens[i] = usdPerMillion;
    columns.tokensPerSecondPerUser[i] = 1e3 / point.tpotMs;
    columns.outputTokensPerSecond[i] = outputTokensPerSecond;
    columns.ttftMs[i] = point.ttftMs;
    columns.usdPerHour[i] = usdPerHour;
    columns.accelerators[i] = accelerators;
    columns.users[i] = space.loads[load] ?? 0;
    columns.engine[i] = c.engine;
    columns.weights[i] = c.weights;
    columns.accelerator[i] = c.accelerator;
    columns.basis[i] = basis;
  }

  /** Of the first load that asks: the basis follows from the layout, hardly from the load. */
  private basis(instance: Instance, point: OperatingPoint): number {
    if (instance.basis < 0) {
      const basis = instance.service?.basisAt(point.decodeBatch) ?? "assumed";
      instance.basis = this.names.bases.indexOf(basis);
    }
    return instance.basis;
  }

  private rank(usdPerMillion: number, tokensPerSecondPerUser: number, accelerators: number): number {
    const { objective } = this.space.query;
    if (objective === "fastest") return -tokensPerSecondPerUser;
    if (objective === "smallest") return accelerators;
    return Number.isNaN(usdPerMillion) ? Infinity : usdPerMillion;
  }
}
