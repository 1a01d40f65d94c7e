/** Decides candidates: the numbers of those that meet every constraint, the cause of those that do not. */
import type { Plan, WorkloadPlan } from "../domain/plan.ts";
import type { SearchDictionaries } from "../domain/search.ts";
import { prepareService } from "../model/serving/solve-fast.ts";
import type { MemoryFacts } from "../model/memory/memory-facts.ts";
import type { Arrangement } from "./arrangements.ts";
import { clusterFailure, isNear, speedFailure, type Failure } from "./constraints.ts";
import { planOf, type Family, type SearchSpace } from "./enumerate.ts";
import { clusterCost, modelFacts, refuseEngine, type ClusterCost, type SearchFacts } from "./family-facts.ts";
import { judgeInstance, type InstanceMemoryJudge } from "./instance-memory.ts";
import type { Instance, KnownInstances, Outcome } from "./known.ts";
import type { RowStore } from "./rows.ts";
import { NEAR, type Tally } from "./tally.ts";

/** Work of one load that goes through the serving solver is 1; the rest in its terms. */
const WORK = { family: 0.2, arrangement: 0.05, instance: 2, service: 4 } as const;

/** Not kept: it follows from the limit. */
const TOO_SLOW: Outcome = { clients: Number.NaN, cause: "tpot" };

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
  private readonly known: KnownInstances;

  constructor(
    space: SearchSpace,
    facts: SearchFacts,
    names: SearchDictionaries,
    tally: Tally,
    rows: RowStore,
    known: KnownInstances,
  ) {
    this.known = known;
    known.open(space.query);
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
    const instances = this.known.of(family);
    for (let i = 0; i < family.arrangements.length; i++) {
      const arrangement = family.arrangements[i] as Arrangement;
      this.arrangement(case_, arrangement, family.start + i * perArrangement, instances);
    }
    // answers are kept, what computes them is not
    for (const instance of instances) if (instance?.service) instance.service = undefined;
  }

  /** Decides all loads of an arrangement. */
  private arrangement(
    c: Case,
    arrangement: Arrangement,
    start: number,
    instances: (Instance | undefined)[],
  ): void {
    const { space, tally } = this;
    this.work += WORK.arrangement;
    const count = space.loads.length;
    const cluster = this.cost(c, arrangement);
    const failure = clusterFailure(space.query, cluster);
    if (failure !== undefined && !isNear(space.query, failure)) {
      tally.reject(failure.cause, count);
      return;
    }
    const instance = (instances[arrangement.instance] ??= this.instance(c, arrangement));
    if (instance.refusal !== undefined) {
      tally.reject(failure?.cause ?? instance.refusal, count);
      return;
    }
    for (let i = 0; i < count; i++) {
      const outcome = this.outcome(c, arrangement, i, instance);
      if (outcome === TOO_SLOW) {
        tally.reject(failure?.cause ?? "tpot", 1);
        continue;
      }
      if (outcome.cause !== undefined) {
        // More users need more cache: the heavier loads fall with this one.
        tally.reject(failure?.cause ?? outcome.cause, count - i);
        break;
      }
      this.candidate(start + i, c, arrangement, i, instance, outcome, cluster, failure);
    }
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

  private instance(c: Case, arrangement: Arrangement): Instance {
    const memory = this.memory(c, arrangement);
    return { refusal: memory.refusal, memory, service: undefined, outcomes: [] };
  }

  private memory({ family, facts }: Case, arrangement: Arrangement): InstanceMemoryJudge {
    const { space } = this;
    this.work += WORK.instance;
    const plan = (load: number | undefined) => planOf(space, family, arrangement, load);
    return judgeInstance(plan(space.loads[0]), facts, this.facts.catalog, () => plan(space.loads.at(-1)));
  }

  /** Memory and speed of one replica; the same for all arrangements with as many users a replica. */
  private outcome(c: Case, arrangement: Arrangement, load: number, instance: Instance): Outcome {
    const { space } = this;
    const users = space.loads[load];
    const { replicas } = arrangement;
    // Of an arrival rate the wait before admission depends on the replicas, not on users.
    const clients = users === undefined ? -replicas : users / replicas;
    for (const known of instance.outcomes) if (known.clients === clients) return known;
    const plan = () => planOf(space, c.family, arrangement, users);
    instance.memory ??= this.memory(c, arrangement);
    const verdict = instance.memory.judge(this.workloads[load] as WorkloadPlan, replicas, plan);
    let outcome: Outcome;
    if (!verdict.fits) outcome = { clients, cause: verdict.cause };
    else if (users !== undefined && this.tooSlow(instance, clients)) return TOO_SLOW;
    else outcome = this.settle(plan(), instance, verdict.limit, clients);
    instance.outcomes.push(outcome);
    return outcome;
  }

  /** Fewer users of a replica already take more than twice a token's limit: more are slower still. */
  private tooSlow({ outcomes }: Instance, clients: number): boolean {
    const { tpotMs } = this.space.query.slo;
    if (tpotMs === undefined) return false;
    for (const { clients: fewer, point } of outcomes) {
      if (fewer <= clients && point !== undefined && point.tpotMs > NEAR * tpotMs) return true;
    }
    return false;
  }

  private settle(plan: Plan, instance: Instance, limit: number | undefined, clients: number): Outcome {
    const service = this.service(plan, instance);
    if (service === null) return { clients, cause: "missing-fact" };
    this.work += 1;
    const point = service.settle(plan, limit);
    return { clients, point, basis: point };
  }

  private service(plan: Plan, instance: Instance): Instance["service"] & (object | null) {
    if (instance.service === undefined) {
      this.work += WORK.service;
      const service = prepareService(plan, modelFacts(this.facts, plan.cluster.accelerator));
      instance.service = service.ok ? service.value : null;
    }
    return instance.service;
  }

  /** The same arithmetic, in the same order, as `describePerformance` and `estimateCost`. */
  private candidate(
    candidate: number,
    c: Case,
    arrangement: Arrangement,
    load: number,
    instance: Instance,
    outcome: Outcome & { readonly point: object },
    { usdPerHour }: ClusterCost,
    failed: Failure | undefined,
  ): void {
    const { tally, space } = this;
    const { query } = space;
    const { point } = outcome;
    const rate = point.rate * arrangement.replicas;
    const outputTokensPerSecond = rate * 1e3 * query.workload.outputTokens;
    const usdPerMillion = (usdPerHour / 3600 / outputTokensPerSecond) * 1e6;
    const failure = speedFailure(query, point, usdPerMillion, failed);
    const accelerators = arrangement.acceleratorsPerNode * arrangement.nodes;
    if (failure !== undefined) {
      tally.reject(failure.cause, 1);
      if (!isNear(query, failure)) return;
      if (this.isSoft(c, arrangement, load, instance, outcome)) return;
      const rank = this.rank(usdPerMillion, 1e3 / point.tpotMs, accelerators);
      tally.nearMiss(failure.cause, candidate, failure.needed, rank, usdPerMillion);
      return;
    }
    const basis = this.basis(c, arrangement, load, instance, outcome);
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

  private isSoft(...row: Parameters<Judge["basis"]>): boolean {
    return this.softest < this.names.bases.length && this.basis(...row) > this.softest;
  }

  private basis(
    { family }: Case,
    arrangement: Arrangement,
    load: number,
    instance: Instance,
    outcome: Outcome & { readonly point: object },
  ): number {
    if (typeof outcome.basis === "object") {
      const plan = planOf(this.space, family, arrangement, this.space.loads[load]);
      const basis = this.service(plan, instance)?.basisAt(outcome.basis.decodeBatch) ?? "assumed";
      outcome.basis = this.names.bases.indexOf(basis);
    }
    return outcome.basis;
  }

  private rank(usdPerMillion: number, tokensPerSecondPerUser: number, accelerators: number): number {
    const { objective } = this.space.query;
    if (objective === "fastest") return -tokensPerSecondPerUser;
    if (objective === "smallest") return accelerators;
    return Number.isNaN(usdPerMillion) ? Infinity : usdPerMillion;
  }
}
