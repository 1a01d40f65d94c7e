/** The plans nearest to one that does not fit. */
import type { Catalog } from "../domain/catalog.ts";
import type { MemoryEstimate, NearbyPlan } from "../domain/estimate.ts";
import type { Plan } from "../domain/plan.ts";
import { estimateMemory } from "../model/memory/estimate-memory.ts";
import { planEdits } from "./nearby-edits.ts";
import { fewerUsers, MOVE_KINDS, singleMoves, type MoveKind } from "./nearby-moves.ts";

export interface NearbyFacts {
  readonly catalog: Catalog;
}

interface Found {
  readonly kind: MoveKind;
  readonly nearby: NearbyPlan;
}

/** What the fullest accelerator has to spare under its engine's rule; the host's where there is none. */
export function spareOf(memory: MemoryEstimate): number {
  let spare = Infinity;
  const accelerated = memory.ranks.some((rank) => rank.kind === "accelerator");
  for (const rank of memory.ranks) {
    if (accelerated && rank.kind === "host") continue;
    spare = Math.min(spare, rank.spare ?? rank.capacity - rank.total);
  }
  return spare;
}

interface Tried {
  readonly fits: boolean;
  /** Users that fit, where nothing but the cache is short. */
  readonly usersThatFit: number;
  readonly spare: number;
}

function tryPlan(plan: Plan, catalog: Catalog): Tried {
  const { memory, infeasible } = estimateMemory(plan, catalog);
  const onlyCache = infeasible.every(({ kind }) => kind === "memory-kv-cache");
  return {
    fits: memory !== null && infeasible.length === 0,
    usersThatFit: memory !== null && onlyCache ? memory.concurrencyLimit : 0,
    spare: memory === null ? -Infinity : spareOf(memory),
  };
}

/** Estimates of one search, the same on every machine: a bound on time that needs no clock. */
const MOST_TRIES = 400;

interface Search {
  readonly origin: Plan;
  readonly catalog: Catalog;
  readonly seen: Set<string>;
  tries: number;
}

/** Adds the plan to `found` when it fits; else says how many users it would hold. */
function offer(search: Search, found: Found[], kind: MoveKind, plan: Plan): Tried {
  search.tries += 1;
  const tried = tryPlan(plan, search.catalog);
  if (!tried.fits) return tried;
  const edits = planEdits(search.origin, plan);
  const key = JSON.stringify(edits);
  if (edits.length > 0 && !search.seen.has(key)) {
    search.seen.add(key);
    found.push({ kind, nearby: { plan, edits, spareBytes: tried.spare } });
  }
  return tried;
}

/** First of every kind, then second of every kind: five answers should not be five accelerators. */
function interleave(found: readonly Found[]): NearbyPlan[] {
  const byKind = MOVE_KINDS.map((kind) => found.filter((f) => f.kind === kind));
  const longest = Math.max(0, ...byKind.map((list) => list.length));
  const mixed: NearbyPlan[] = [];
  for (let i = 0; i < longest; i++) {
    for (const list of byKind) {
      const next = list[i];
      if (next) mixed.push(next.nearby);
    }
  }
  return mixed;
}

/** A second change is looked for behind these first ones: the others multiply without need. */
const FIRST_OF_TWO: ReadonlySet<MoveKind> = new Set([
  "layout",
  "weights",
  "cache-type",
  "dp-attention",
  "engine",
  "count",
]);

/**
 * Plans near `plan` that fit in memory, fewest changes first.
 *
 * One change: another accelerator, more of them, other weights, a smaller cache type, DP attention, fewer
 * users, experts in host memory (where the plan says how much there is), another engine (llama.cpp with
 * Q4_K_M among them), another cut. Two changes where one does not give `limit` answers. A change can edit
 * several fields: two nodes come with TP or PP twice as large.
 *
 * Returns  at most `limit` plans, the same ones for the same plan; each kind's mildest first. Speed and cost
 *          are for the caller to tell.
 */
export function findNearbyPlans(plan: Plan, facts: NearbyFacts, limit: number): NearbyPlan[] {
  const { catalog } = facts;
  const search: Search = { origin: plan, catalog, seen: new Set(), tries: 0 };
  const single: Found[] = [];
  const fewer = fewerUsers(plan, tryPlan(plan, catalog).usersThatFit);
  if (fewer) offer(search, single, "users", fewer);
  const pending: Pending[] = [];
  for (const move of singleMoves(plan, catalog)) {
    const tried = offer(search, single, move.kind, move.plan);
    if (!tried.fits) pending.push({ ...move, users: tried.usersThatFit });
  }
  const results = interleave(single);
  if (results.length >= limit) return results.slice(0, limit);
  return [...results, ...interleave(twoChanges(search, pending, limit))].slice(0, limit);
}

interface Pending {
  readonly kind: MoveKind;
  readonly plan: Plan;
  /** Users that fit after the first change, where only the cache is short. */
  readonly users: number;
}

function twoChanges(search: Search, pending: readonly Pending[], limit: number): Found[] {
  const found: Found[] = [];
  for (const { kind, plan, users } of pending) {
    const held = fewerUsers(plan, users);
    if (held) offer(search, found, kind, held);
  }
  for (const { kind, plan } of pending) {
    if (!FIRST_OF_TWO.has(kind)) continue;
    for (const second of singleMoves(plan, search.catalog)) {
      if (found.length >= limit * 4 || search.tries >= MOST_TRIES) return found;
      offer(search, found, kind, second.plan);
    }
  }
  return found;
}
