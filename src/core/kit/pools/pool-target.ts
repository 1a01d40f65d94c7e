/** How a target starts two pools and what stands in front of them. */
import type { Problem } from "../../domain/problem.ts";
import type { Draft, Parts } from "../files/draft.ts";
import type { Runbook, Target } from "../targets/target.ts";

/** Prefill and decode, in this order. */
export type Halves = readonly [prefill: Parts, decode: Parts];

export interface PoolTarget {
  /** How each half is started where it is alone: its reasons, refusals and what it cannot express. */
  readonly target: Target;
  readonly refuse?: (whole: Parts, halves: Halves) => Problem | undefined;
  /** Files of both halves, serve/env and the router. */
  readonly files: (whole: Parts, halves: Halves) => readonly Draft[];
  readonly runbook: (whole: Parts, halves: Halves) => Runbook;
}

/** Folder of a half. */
export const folderOf = ({ ir }: Parts): string => ir.role ?? "prefill";

/** A half's files under its own folder. */
export const inFolder = (half: Parts, drafts: readonly Draft[]): Draft[] =>
  drafts.map((draft) => ({ ...draft, path: `${folderOf(half)}/${draft.path}` }));
