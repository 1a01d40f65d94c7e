/** Counts of what fell and why, and the candidates that only one constraint fells. */
import { SEARCH_CAUSES, type NearMisses, type SearchCause, type SearchTally } from "../domain/search.ts";

const POSITION: ReadonlyMap<SearchCause, number> = new Map(SEARCH_CAUSES.map((cause, i) => [cause, i]));

/** A candidate whose value is above its limit by more than this factor is no near miss. */
export const NEAR = 2;

export class Tally {
  tried = 0;
  feasible = 0;
  private readonly rejected = new Float64Array(SEARCH_CAUSES.length);
  private readonly cause: number[] = [];
  private readonly candidate: number[] = [];
  private readonly needed: number[] = [];
  private readonly rank: number[] = [];
  private readonly usd: number[] = [];

  reject(cause: SearchCause, count: number): void {
    const at = POSITION.get(cause) ?? 0;
    this.rejected[at] = (this.rejected[at] ?? 0) + count;
    this.tried += count;
  }

  nearMiss(cause: SearchCause, candidate: number, needed: number, rank: number, usdPerMillion: number): void {
    this.cause.push(POSITION.get(cause) ?? 0);
    this.candidate.push(candidate);
    this.needed.push(needed);
    this.rank.push(rank);
    this.usd.push(usdPerMillion);
  }

  finish(stopped: boolean): SearchTally {
    const nearMisses: NearMisses = {
      length: this.cause.length,
      cause: Uint8Array.from(this.cause),
      candidate: Uint32Array.from(this.candidate),
      needed: Float64Array.from(this.needed),
      rank: Float64Array.from(this.rank),
      usdPerMillionOutputTokens: Float64Array.from(this.usd),
    };
    return { tried: this.tried, rejected: this.rejected, nearMisses, stopped };
  }
}
