import fc from "fast-check";
import { expect, it } from "vitest";
import { EventQueue } from "./event-queue.ts";

it("gives events by time, equal times in the order of their making", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const queue = new EventQueue<number>();
      times.forEach((time, i) => queue.push(time, i));
      expect(queue.size).toBe(times.length);
      const expected = times.map((_, i) => i).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
      expect(times.map(() => queue.pop()?.value)).toEqual(expected);
      expect(queue.pop()).toBeUndefined();
    }),
  );
});
