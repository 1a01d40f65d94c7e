import type { RankMemory } from "../core/domain/estimate.ts";
import { GIB } from "../core/units/quantity.ts";
import { MEMORY_PARTS, overflows, partBytes, usableBytes, type MemoryPart } from "./memory-parts.ts";
import { axisTicks, type Tick } from "./ticks.ts";

export type SegmentPart = MemoryPart | "kv-spare" | "free" | "over";

/** Shares 0..1 of the plot's height, from the bottom. */
export interface MemorySegment {
  readonly part: SegmentPart;
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

export interface MemoryColumn {
  readonly label: string;
  readonly rank: RankMemory;
  /** Ranks that this column stands for. */
  readonly count: number;
  readonly segments: readonly MemorySegment[];
  readonly capacity: number;
  /** Where the engine's own limit lies below the capacity and is what fails; else null. */
  readonly usable: number | null;
}

export interface MemoryLabel {
  readonly part: MemoryPart | "free" | "over" | "capacity" | "usable";
  readonly name: string;
  readonly bytes: number;
  /** Share of the height, from the bottom. */
  readonly at: number;
}

export interface MemoryColumns {
  readonly columns: readonly MemoryColumn[];
  readonly ticks: readonly Tick[];
  /** Columns of unlike capacities (host beside GPUs) are each drawn as a share of their own. */
  readonly relative: boolean;
  readonly labels: readonly MemoryLabel[];
}

const MOST_COLUMNS = 16;
/** Room above the capacity line, so that it never touches the edge. */
const HEADROOM = 1.055;

/**
 * One column per rank, or per group of identical ranks above 16.
 *
 * Labels are those of the column that labels stand beside: the last one.
 */
export function placeMemoryColumns(ranks: readonly RankMemory[]): MemoryColumns {
  const groups =
    ranks.length > MOST_COLUMNS ? groupIdentical(ranks) : ranks.map((rank) => ({ ranks: [rank] }));
  const capacities = ranks.map((rank) => rank.capacity);
  const relative = Math.max(...capacities) > 1.5 * Math.min(...capacities);
  const heightOf = (rank: RankMemory) => {
    const bytes = Object.values(partBytes(rank)).reduce((a, b) => a + b, 0);
    return Math.max(bytes, rank.capacity) / (relative ? rank.capacity : 1);
  };
  const max = Math.max(0, ...ranks.map(heightOf)) * HEADROOM;
  const columns = groups.slice(0, MOST_COLUMNS).map(({ ranks: members }) => {
    const rank = members[0] as RankMemory;
    const scale = (bytes: number) => (max > 0 ? bytes / (relative ? rank.capacity : 1) / max : 0);
    return {
      label: labelOf(members),
      rank,
      count: members.length,
      segments: stack(rank, scale),
      capacity: scale(rank.capacity),
      usable: overflows(rank) && usableBytes(rank) < 0.995 * rank.capacity ? scale(usableBytes(rank)) : null,
    };
  });
  const last = columns.at(-1);
  return {
    columns,
    ticks: relative
      ? axisTicks(max * 100).map(({ value, share }) => ({ value, share }))
      : axisTicks(max / GIB),
    relative,
    labels: last ? labelsOf(last) : [],
  };
}

function groupIdentical(ranks: readonly RankMemory[]): { ranks: RankMemory[] }[] {
  const groups = new Map<string, { ranks: RankMemory[] }>();
  for (const rank of ranks) {
    const key = JSON.stringify({ ...rank, name: undefined });
    const group = groups.get(key);
    if (group) group.ranks.push(rank);
    else groups.set(key, { ranks: [rank] });
  }
  return [...groups.values()];
}

function labelOf(members: readonly RankMemory[]): string {
  const name = (members[0]?.name ?? "").replace(/^(?:([A-Z])[a-z]* )?GPU (\d+)$/, "$1$2");
  return members.length === 1 ? name : `${members.length} ×`;
}

function stack(rank: RankMemory, scale: (bytes: number) => number): MemorySegment[] {
  const over = overflows(rank);
  const bytes = partBytes(rank);
  const limit = usableBytes(rank);
  const segments: MemorySegment[] = [];
  let at = 0;
  const add = (part: SegmentPart, size: number) => {
    const top = over && part !== "over" ? Math.min(at + size, limit) : at + size;
    if (top > at) segments.push({ part, bytes: size, from: scale(at), to: scale(top) });
    at = Math.max(at, top);
  };
  for (const { part } of MEMORY_PARTS) {
    if (part !== "kv" || over) {
      add(part, bytes[part]);
    } else {
      const needed = Math.min(rank.kvCacheNeeded, bytes.kv);
      add("kv", needed);
      add("kv-spare", bytes.kv - needed);
    }
  }
  const whole = Object.values(bytes).reduce((a, b) => a + b, 0);
  if (over) add("over", Math.max(0, whole - limit));
  else if (rank.capacity > whole) add("free", rank.capacity - whole);
  return segments;
}

/** From the top down, as they are read beside the column. */
function labelsOf({ rank, segments, capacity, usable }: MemoryColumn): MemoryLabel[] {
  const labels: MemoryLabel[] = [{ part: "capacity", name: "capacity", bytes: rank.capacity, at: capacity }];
  if (usable !== null) labels.push({ part: "usable", name: "usable", bytes: usableBytes(rank), at: usable });
  const middle = (of: readonly MemorySegment[]) => ((of[0]?.from ?? 0) + (of.at(-1)?.to ?? 0)) / 2;
  for (const part of ["over", "free"] as const) {
    const own = segments.filter((segment) => segment.part === part);
    const first = own[0];
    if (first)
      labels.push({
        part,
        name: part === "over" ? "Does not fit" : "Free",
        bytes: first.bytes,
        at: middle(own),
      });
  }
  for (const { part, name } of [...MEMORY_PARTS].reverse()) {
    const own = segments.filter(
      (segment) => segment.part === part || (part === "kv" && segment.part === "kv-spare"),
    );
    if (own.length > 0) labels.push({ part, name, bytes: partBytes(rank)[part], at: middle(own) });
  }
  return labels.sort((a, b) => b.at - a.at);
}
