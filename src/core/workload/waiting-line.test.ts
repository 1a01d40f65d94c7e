import fc from "fast-check";
import { expect, it } from "vitest";
import { WaitingLine } from "./waiting-line.ts";

it("serves as a list would: joining at the end, returning to the front", () => {
  const action = fc.constantFrom("join", "return", "leave");
  fc.assert(
    fc.property(fc.array(action, { maxLength: 4000, size: "max" }), (actions) => {
      const line = new WaitingLine<number>();
      const list: number[] = [];
      actions.forEach((what, i) => {
        if (what === "join") {
          line.join(i);
          list.push(i);
        } else if (what === "return") {
          line.rejoinFront(i);
          list.unshift(i);
        } else {
          line.leave();
          list.shift();
        }
        expect(line.length).toBe(list.length);
        expect(line.first()).toBe(list[0]);
      });
      expect([...line]).toEqual(list);
    }),
    { numRuns: 50 },
  );
});
