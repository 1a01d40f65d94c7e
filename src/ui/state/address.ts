import type { Goal } from "../../core/domain/any-plan.ts";
import { readPins, writePins } from "./pins.ts";

/** The part of the address after `#`: the plan's link, then what the page shows of it. */
export const VIEWS = [
  "plan",
  "search",
  "compare",
  "quantizations",
  "workload",
  "finetune",
  "distill",
  "kit",
  "evidence",
  "report",
] as const;
export type View = (typeof VIEWS)[number];

/** Whose plan a view shows. `any`: that of whichever goal was open; a view that is not named: the serving plan. */
const GOALS_OF_VIEWS: Partial<Record<View, Goal | "any">> = {
  finetune: "finetune",
  distill: "distill",
  kit: "any",
  evidence: "any",
  compare: "any",
  report: "any",
};
/** Where a goal's plan is at home. */
const HOMES: Partial<Record<Goal, View>> = { serve: "plan", finetune: "finetune", distill: "distill" };

export const goalOfView = (view: View): Goal | "any" => GOALS_OF_VIEWS[view] ?? "serve";
export const homeOf = (goal: Goal): View | undefined => HOMES[goal];

/** Whether a view can show a plan of this goal. */
export function shows(view: View, goal: Goal): boolean {
  const shown = goalOfView(view);
  return shown === "any" || shown === goal;
}

export interface Address {
  /** Empty: none given. */
  readonly link: string;
  readonly view: View;
  /** What the search view asks; only there. */
  readonly find?: string;
  /** Links of the plans that are pinned to be compared. */
  readonly pins?: readonly string[];
}

/** `#LINK` is the plan view; `#LINK&view=kit` another. The link's own text never changes with the view. */
export function readAddress(hash: string): Address {
  const [link = "", ...rest] = hash.replace(/^#/, "").split("&");
  const bare = /^(view|pins)=/.test(link);
  const parameters = new URLSearchParams((bare ? [link, ...rest] : rest).join("&"));
  const view = VIEWS.find((known) => known === parameters.get("view")) ?? "plan";
  const find = view === "search" ? (parameters.get("find") ?? "") : "";
  const pins = readPins(parameters.get("pins") ?? "");
  return {
    link: bare ? "" : link,
    view,
    ...(find === "" ? {} : { find }),
    ...(pins.length === 0 ? {} : { pins }),
  };
}

export function writeAddress({ link, view, find = "", pins = [] }: Address): string {
  const parameters = [
    ["view", view === "plan" ? "" : view],
    ["find", view === "search" ? find : ""],
    ["pins", writePins(pins)],
  ] as const;
  return `#${link}${parameters.map(([key, value]) => (value === "" ? "" : `&${key}=${value}`)).join("")}`;
}
