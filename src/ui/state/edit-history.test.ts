import { describe, expect, it } from "vitest";
import { edit, redo, startHistory, undo } from "./edit-history.ts";

describe("edit history", () => {
  it("undoes and redoes whole steps", () => {
    const two = edit(edit(startHistory("a"), "b", "x", 0).history, "c", "y", 10).history;
    expect(undo(two).present).toBe("b");
    expect(redo(undo(two)).present).toBe("c");
    expect(undo(undo(undo(two))).present).toBe("a");
  });

  it("takes quick edits by one control as one step", () => {
    const first = edit(startHistory(1), 2, "users", 0);
    const second = edit(first.history, 3, "users", 500);
    expect([first.coalesced, second.coalesced]).toEqual([false, true]);
    expect(undo(second.history).present).toBe(1);
  });

  it("begins a new step after a pause, with another control, and after undo", () => {
    const first = edit(startHistory(1), 2, "users", 0).history;
    expect(edit(first, 3, "users", 2000).coalesced).toBe(false);
    expect(edit(first, 3, "nodes", 100).coalesced).toBe(false);
    expect(edit(undo(first), 3, "users", 100).coalesced).toBe(false);
  });

  it("takes each press as a step of its own, however quickly they follow", () => {
    const typed = edit(startHistory(1), 2, "pattern", 0).history;
    const pressed = edit(edit(typed, 3, null, 10).history, 4, null, 20);
    expect(pressed.coalesced).toBe(false);
    expect(undo(pressed.history).present).toBe(3);
    expect(undo(undo(pressed.history)).present).toBe(2);
    expect(edit(pressed.history, 5, "pattern", 30).coalesced).toBe(false);
  });

  it("forgets what was undone once something else is done", () => {
    const back = undo(edit(startHistory("a"), "b", "x", 0).history);
    const other = edit(back, "c", "x", 5000).history;
    expect(redo(other)).toBe(other);
  });
});
