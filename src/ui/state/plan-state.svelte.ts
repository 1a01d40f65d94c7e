import { parseAnyPlan, type AnyPlan, type Goal } from "../../core/domain/any-plan.ts";
import { formatProblem, type Problem } from "../../core/domain/problem.ts";
import { EXAMPLE_PLAN } from "../../core/domain/parse-plan.ts";
import type { Plan } from "../../core/domain/plan.ts";
import type { PlanVocabulary } from "../../core/domain/plan-vocabulary.ts";
import { fail, type Result } from "../../core/domain/result.ts";
import { linkToPlan } from "../../core/link/plan-link.ts";
import type { Directory } from "../../../workers/api.ts";
import { namesOf } from "../plan/directory-names.ts";
import { goalOfView, homeOf, readAddress, shows, writeAddress, type View } from "./address.ts";
import { linkOfEntry, rememberLink } from "./entry-link.ts";
import { edit, redo, startHistory, undo, type EditHistory } from "./edit-history.ts";
import { addPins, MOST_PINS, movePin, removePin } from "./pins.ts";
import { changedGoal, linkOf, planIn, withPlan, type PlanBook } from "./plan-book.ts";

export { samePlan } from "./plan-book.ts";

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

/** The plans that the page shows, their history, and the address that carries the one on show. */
export class PlanState {
  #history = $state.raw<EditHistory<PlanBook>>(startHistory({ serve: EXAMPLE_PLAN }));
  #preview = $state.raw<AnyPlan | null>(null);
  #vocabulary: PlanVocabulary = ANY;
  /** As it was read or written last. */
  #address: string | null = null;
  directory = $state.raw<Directory | null>(null);
  view = $state<View>("plan");
  /** The goal whose plan the address carries. */
  goal = $state<Goal>("serve");
  /** What the search view asks, as the address carries it; kept while other views are open. */
  find = $state("");
  /** Links of the plans to be compared, as the address carries them. */
  pins = $state.raw<readonly string[]>([]);
  /** One clear line about an input that was refused; the last good plan stays. */
  problem = $state<string | null>(null);

  readonly current = $derived(this.#history.present.serve);
  /** What the page draws: the plan, or the choice that is being tried. */
  readonly shown = $derived(this.#tried("serve", this.#history.present, this.#preview));
  /** The same two of the other goals; where nobody has made one yet, what the serving plan suggests. */
  readonly finetune = $derived(planIn(this.#history.present, "finetune"));
  readonly shownFinetune = $derived(this.#tried("finetune", this.#history.present, this.#preview));
  readonly distill = $derived(planIn(this.#history.present, "distill"));
  readonly shownDistill = $derived(this.#tried("distill", this.#history.present, this.#preview));
  /** Written once an edit however many addresses the page shows, and only where somebody reads it. */
  readonly #serveLink = $derived(linkOf(this.current));
  readonly #finetuneLink = $derived(linkOf(this.finetune));
  readonly #distillLink = $derived(linkOf(this.distill));
  /** Of the plan on show. */
  readonly link = $derived(this.#linkOf(this.goal));
  /** Each goal has its own places. */
  readonly #pinnedGoals = $derived(this.pins.map((link) => this.#goalOf(link)));
  readonly names = $derived(namesOf(this.directory));
  readonly canUndo = $derived(this.#history.past.length > 0);
  readonly canRedo = $derived(this.#history.future.length > 0);

  #linkOf(goal: Goal): string {
    if (goal === "serve") return this.#serveLink;
    return goal === "finetune" ? this.#finetuneLink : this.#distillLink;
  }

  /** A plan that says nothing else than the one of its goal. */
  #isThere(plan: AnyPlan): boolean {
    return plan === planIn(this.#history.present, plan.goal) || linkOf(plan) === this.#linkOf(plan.goal);
  }

  #tried<G extends Goal>(goal: G, book: PlanBook, preview: AnyPlan | null) {
    return preview?.goal === goal ? (preview as ReturnType<typeof planIn<G>>) : planIn(book, goal);
  }

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
    const { serve, finetune, distill } = this.#history.present;
    for (const plan of [serve, finetune, distill]) {
      const known = plan && this.parse(plan);
      if (!known || known.ok) continue;
      this.#history = startHistory({ serve: EXAMPLE_PLAN });
      this.problem = refusal(known.error);
    }
  }

  /** Judges a plan of the same kind as the one that was edited. */
  parse<P extends AnyPlan = Plan>(input: unknown): Result<P, Problem> {
    return parseAnyPlan(input, this.#vocabulary) as Result<P, Problem>;
  }

  /** The link that a view's address carries, with the plan of the goal that it shows. */
  linkFor(view: View): string {
    return this.#linkOf(this.#goalIn(view));
  }

  /** The plan of another link, whatever its goal. */
  planOf(link: string): Result<AnyPlan, Problem> {
    const read = linkToPlan(link);
    return read.ok ? this.parse<AnyPlan>(read.value) : read;
  }

  #goalOf(link: string): Goal | undefined {
    const plan = this.planOf(link);
    return plan.ok ? plan.value.goal : undefined;
  }

  /** How many more plans of a goal can be pinned. */
  pinRoom(goal: Goal): number {
    return MOST_PINS - this.#pinnedGoals.filter((pinned) => pinned === goal).length;
  }

  /**
   * Takes a changed plan of any goal, or says what is wrong with it; the last good plan stays. Every plan passes
   * the parser, so that equal plans are equal to the byte. `key`: the control that is typed into, whose quick edits
   * are one step; null for a press. `view`: where it is shown; one that cannot show this goal gives way.
   */
  apply<P extends AnyPlan = Plan>(
    input: unknown,
    key: string | null,
    view: View = this.view,
  ): Result<P, Problem> {
    this.#preview = null;
    const parsed = this.parse<P>(input);
    if (!parsed.ok) return parsed;
    const { goal } = parsed.value;
    const place = shows(view, goal) ? view : homeOf(goal);
    if (place === undefined) return fail(withoutView(goal));
    const book = this.#history.present;
    if (this.#isThere(parsed.value)) {
      this.show(place, goal);
      return parsed;
    }
    this.view = place;
    this.goal = goal;
    const { history, coalesced } = edit(this.#history, withPlan(book, parsed.value), key, performance.now());
    this.#history = history;
    this.problem = null;
    this.#writeAddress(coalesced ? "replace" : "push");
    return parsed;
  }

  preview(plan: AnyPlan | null): void {
    this.#preview = plan !== null && this.#isThere(plan) ? null : plan;
  }

  undo(): void {
    this.#move(undo(this.#history));
  }

  redo(): void {
    this.#move(redo(this.#history));
  }

  show(view: View, goal: Goal = this.#goalIn(view)): void {
    if (view === this.view && goal === this.goal) return;
    this.view = view;
    this.goal = goal;
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
    this.#setPins(addPins(this.pins, links, (link) => this.#goalOf(link)));
  }

  unpin(link: string): void {
    this.#setPins(removePin(this.pins, link));
  }

  togglePin(link: string): void {
    if (this.pins.includes(link)) this.unpin(link);
    else this.pin(link);
  }

  movePin(link: string, by: number): void {
    this.#setPins(movePin(this.pins, link, by));
  }

  /** Reads the address: at start, on back and forward, and when a link is pasted over it; two events may tell of one. */
  readAddress(): void {
    if (window.location.hash === this.#address) return;
    this.#address = window.location.hash;
    const { link, view, find, pins = [] } = readAddress(window.location.hash);
    if (find !== undefined) this.find = find;
    this.#preview = null;
    this.problem = null;
    this.pins = this.#knownPins(pins);
    const said = link === "" ? linkOfEntry() : link;
    if (said === undefined) {
      this.view = view;
      this.goal = this.#goalIn(view);
      rememberLink(this.linkFor(view));
      return;
    }
    const read = linkToPlan(said);
    const parsed = read.ok ? this.parse<AnyPlan>(read.value) : read;
    if (!parsed.ok) {
      this.view = view;
      this.goal = this.#goalIn(view);
      this.problem = refusal(parsed.error);
      return;
    }
    const { goal } = parsed.value;
    const place = shows(view, goal) ? view : homeOf(goal);
    if (place === undefined) {
      this.problem = refusal(withoutView(goal));
      return;
    }
    this.view = place;
    this.goal = goal;
    const book = this.#history.present;
    if (this.#isThere(parsed.value)) return;
    this.#history = {
      ...edit(this.#history, withPlan(book, parsed.value), "address", performance.now()).history,
      group: null,
    };
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
      if (plan.ok) return [linkOf(plan.value)];
      this.problem ??= `A pinned plan is left out: ${formatProblem(plan.error, "link")}.`;
      return [];
    });
    return addPins([], known, (link) => this.#goalOf(link));
  }

  #goalIn(view: View): Goal {
    const shown = goalOfView(view);
    return shown === "any" ? this.goal : shown;
  }

  #move(history: EditHistory<PlanBook>): void {
    if (history === this.#history) return;
    const goal = changedGoal(this.#history.present, history.present) ?? this.goal;
    this.#history = history;
    if (goal !== this.goal) {
      this.goal = goal;
      if (!shows(this.view, goal)) this.view = homeOf(goal) ?? this.view;
    }
    this.#preview = null;
    this.problem = null;
    this.#writeAddress("push");
  }

  /** Where a view of this plan stands, with what else the address carries. */
  addressOf(view: View): string {
    return writeAddress({ link: this.linkFor(view), view, find: this.find, pins: this.pins });
  }

  #writeAddress(how: "push" | "replace"): void {
    const hash = this.addressOf(this.view);
    this.#address = hash;
    if (hash === window.location.hash) return;
    if (how === "push") window.history.pushState(null, "", hash);
    else window.history.replaceState(null, "", hash);
  }
}

const withoutView = (goal: Goal): Problem => ({
  path: "goal",
  problem: `this page has no view for "${goal}" plans yet`,
});

const refusal = (problem: Problem): string => `${formatProblem(problem, "link")}. The last good plan stays.`;
