import { formatProblem, type Problem } from "../../core/domain/problem.ts";
import { EXAMPLE_PLAN, parsePlan } from "../../core/domain/parse-plan.ts";
import type { Plan } from "../../core/domain/plan.ts";
import type { PlanVocabulary } from "../../core/domain/plan-vocabulary.ts";
import type { Result } from "../../core/domain/result.ts";
import { linkToPlan, planToLink } from "../../core/link/plan-link.ts";
import type { Directory } from "../../../workers/api.ts";
import { namesOf } from "../plan/directory-names.ts";
import { readAddress, writeAddress, type View } from "./address.ts";
import { edit, redo, startHistory, undo, type EditHistory } from "./edit-history.ts";
import { addPins, MOST_PINS, movePin, removePin } from "./pins.ts";

/** Until the directory has come every id is taken as known; then the plan is read once more. */
const ANY_ID = {
  has: () => true,
  [Symbol.iterator]: () => [][Symbol.iterator](),
} as unknown as ReadonlySet<string>;
const ANY: PlanVocabulary = {
  models: ANY_ID,
  weights: ANY_ID,
  engines: ANY_ID,
  accelerators: ANY_ID,
  hosts: ANY_ID,
  fabrics: ANY_ID,
};

/** The plan that the page shows, its history, and the address that carries it. */
export class PlanState {
  #history = $state.raw<EditHistory<Plan>>(startHistory(EXAMPLE_PLAN));
  #preview = $state.raw<Plan | null>(null);
  #vocabulary: PlanVocabulary = ANY;
  directory = $state.raw<Directory | null>(null);
  view = $state<View>("plan");
  /** What the search view asks, as the address carries it; kept while other views are open. */
  find = $state("");
  /** Links of the plans to be compared, as the address carries them. */
  pins = $state.raw<readonly string[]>([]);
  /** One clear line about an input that was refused; the last good plan stays. */
  problem = $state<string | null>(null);

  readonly current = $derived(this.#history.present);
  /** What the page draws: the plan, or the choice that is being tried. */
  readonly shown = $derived(this.#preview ?? this.#history.present);
  readonly link = $derived(planToLink(this.current));
  readonly pinsFull = $derived(this.pins.length >= MOST_PINS);
  readonly names = $derived(namesOf(this.directory));
  readonly canUndo = $derived(this.#history.past.length > 0);
  readonly canRedo = $derived(this.#history.future.length > 0);

  setDirectory(directory: Directory): void {
    this.directory = directory;
    const ids = (rows: readonly { readonly id: string }[]) => new Set(rows.map(({ id }) => id));
    this.#vocabulary = {
      models: ids(directory.models),
      weights: ids(directory.weights),
      engines: ids(directory.engines),
      accelerators: ids(directory.accelerators),
      hosts: ids(directory.hosts),
      fabrics: ids(directory.fabrics),
    };
    this.pins = this.#knownPins(this.pins);
    const known = this.parse(this.current);
    if (!known.ok) {
      this.#history = startHistory(EXAMPLE_PLAN);
      this.problem = refusal(known.error);
    }
  }

  parse(input: unknown): Result<Plan, Problem> {
    return parsePlan(input, this.#vocabulary);
  }

  /** The plan of another link. */
  planOf(link: string): Result<Plan, Problem> {
    const read = linkToPlan(link);
    return read.ok ? this.parse(read.value) : read;
  }

  /**
   * Takes a changed plan, or says what is wrong with it; the last good plan stays. `key` names the control:
   * its quick successive edits are one step. Every plan passes the parser, so that equal plans are equal
   * to the byte in links and kits whichever control made them. `view`: where it is shown.
   */
  apply(input: unknown, key: string, view: View = this.view): Result<Plan, Problem> {
    this.#preview = null;
    const parsed = this.parse(input);
    if (!parsed.ok) return parsed;
    if (samePlan(parsed.value, this.current)) {
      this.show(view);
      return parsed;
    }
    this.view = view;
    const { history, coalesced } = edit(this.#history, parsed.value, key, performance.now());
    this.#history = history;
    this.problem = null;
    this.#writeAddress(coalesced ? "replace" : "push");
    return parsed;
  }

  preview(plan: Plan | null): void {
    this.#preview = plan !== null && samePlan(plan, this.current) ? null : plan;
  }

  undo(): void {
    this.#move(undo(this.#history));
  }

  redo(): void {
    this.#move(redo(this.#history));
  }

  show(view: View): void {
    if (view === this.view) return;
    this.view = view;
    this.#preview = null;
    this.#writeAddress("push");
  }

  /** Takes what the search view asks into the address, in the place of what it asked before. */
  setFind(find: string): void {
    if (find === this.find) return;
    this.find = find;
    if (this.view === "search") this.#writeAddress("replace");
  }

  /** Adds plans to those to be compared, as far as there is room. */
  pin(...links: readonly string[]): void {
    this.#setPins(addPins(this.pins, links));
  }

  unpin(link: string): void {
    this.#setPins(removePin(this.pins, link));
  }

  movePin(link: string, by: number): void {
    this.#setPins(movePin(this.pins, link, by));
  }

  /** Reads the address: at start, on back and forward, and when a link is pasted over it. */
  readAddress(): void {
    const { link, view, find, pins = [] } = readAddress(window.location.hash);
    this.view = view;
    if (find !== undefined) this.find = find;
    this.#preview = null;
    this.problem = null;
    this.pins = this.#knownPins(pins);
    if (link === "") return;
    if (link === this.link) return;
    const parsed = this.planOf(link);
    if (parsed.ok) {
      if (!samePlan(parsed.value, this.current)) {
        this.#history = {
          ...edit(this.#history, parsed.value, "address", performance.now()).history,
          group: null,
        };
      }
    } else {
      this.problem = refusal(parsed.error);
    }
  }

  #setPins(pins: readonly string[]): void {
    if (pins === this.pins) return;
    this.pins = pins;
    this.#writeAddress("push");
  }

  /** Those that this page can read, as it writes them; what is wrong with the first other one is said. */
  #knownPins(pins: readonly string[]): readonly string[] {
    const known = pins.flatMap((link) => {
      const plan = this.planOf(link);
      if (plan.ok) return [planToLink(plan.value)];
      this.problem ??= `A pinned plan is left out: ${formatProblem(plan.error, "link")}.`;
      return [];
    });
    return addPins([], known);
  }

  #move(history: EditHistory<Plan>): void {
    if (history === this.#history) return;
    this.#history = history;
    this.#preview = null;
    this.problem = null;
    this.#writeAddress("push");
  }

  /** Where a view of this plan stands, with what else the address carries. */
  addressOf(view: View): string {
    return writeAddress({ link: this.link, view, find: this.find, pins: this.pins });
  }

  #writeAddress(how: "push" | "replace"): void {
    const hash = this.addressOf(this.view);
    if (hash === window.location.hash) return;
    if (how === "push") window.history.pushState(null, "", hash);
    else window.history.replaceState(null, "", hash);
  }
}

const refusal = (problem: Problem): string => `${formatProblem(problem, "link")}. The last good plan stays.`;

export const samePlan = (a: Plan, b: Plan): boolean => a === b || planToLink(a) === planToLink(b);
