/** What a target is: how a launch becomes the files of serve/, and what a person does with them. */
import type { Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Draft, Parts } from "../files/draft.ts";
import type { KitIr, Launch } from "../ir.ts";

/** The runbook's steps that differ by target, as Markdown sentences. */
export interface Runbook {
  readonly settings: string;
  readonly preflight: string;
  /** How the checkpoint comes to where it is converted or served. */
  readonly weights: readonly string[];
  /** After a conversion: how the result comes to where it is served. */
  readonly converted: readonly string[];
  readonly start: readonly string[];
  /** What smoke.sh and bench.sh need before they reach the server. */
  readonly reach: readonly string[];
  /** More about bench.sh here. */
  readonly bench?: string;
}

export interface Target {
  /** Why this plan cannot be started so; `undefined` when it can. */
  readonly refuse: (ir: KitIr, launch: Launch) => Problem | undefined;
  /** The launch with this target's own reasons, where the engine's are about serve/env. */
  readonly reword?: (launch: Launch) => Launch;
  /** What the plan asks and this target cannot say. */
  readonly unsupported: (ir: KitIr, launch: Launch) => readonly Unsupported[];
  /** preflight.sh and serve/. */
  readonly files: (parts: Parts) => readonly Draft[];
  readonly runbook: (parts: Parts, paths: readonly string[]) => Runbook;
}
