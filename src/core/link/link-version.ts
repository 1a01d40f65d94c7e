import type { JsonObject } from "./json.ts";

/** What the deltas of one kind of plan are taken against. */
export interface LinkBase {
  readonly base: JsonObject;
  /** Deflate's preset dictionary. */
  readonly dictionary: string;
}

/** One frozen scheme of links; its own base and dictionary are those of serving plans. */
export interface LinkVersion extends LinkBase {
  /**
   * Bases of plans with other goals, by goal, in the order of their numbers in links: only ever appended to.
   * The checksum of such a link covers the goal's name too, so that no link opens against another base.
   */
  readonly goals?: readonly (LinkBase & { readonly goal: string })[];
  /** What a plan of this version reads as in the next one; required once there is a next one. */
  readonly migrate?: (plan: JsonObject) => JsonObject;
}
