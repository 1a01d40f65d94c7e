import type { JsonObject } from "./json.ts";

/** One frozen scheme of links. */
export interface LinkVersion {
  /** The plan that deltas are taken against. */
  readonly base: JsonObject;
  /** Deflate's preset dictionary. */
  readonly dictionary: string;
  /** What a plan of this version reads as in the next one; required once there is a next one. */
  readonly migrate?: (plan: JsonObject) => JsonObject;
}
