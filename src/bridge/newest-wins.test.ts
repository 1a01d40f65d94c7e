import { describe, expect, it } from "vitest";
import { NewestWins } from "./newest-wins.ts";

/** Work that ends when the test says so. */
function controlled() {
  const started: string[] = [];
  const ends = new Map<string, (answer: string) => void>();
  const work = (request: string) =>
    new Promise<string>((resolve) => {
      started.push(request);
      ends.set(request, () => resolve(request.toUpperCase()));
    });
  const end = async (request: string) => {
    ends.get(request)?.(request);
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { channel: new NewestWins(work), started, end };
}

describe("NewestWins", () => {
  it("answers a request that stays the newest", async () => {
    const { channel, end } = controlled();
    const answer = channel.ask("a");
    await end("a");
    expect(await answer).toBe("A");
  });

  it("drops what was overtaken, whether at work or waiting, and starts only the newest", async () => {
    const { channel, started, end } = controlled();
    const [a, b, c] = [channel.ask("a"), channel.ask("b"), channel.ask("c")];
    expect(await b).toBeUndefined();
    await end("a");
    await end("c");
    expect(await a).toBeUndefined();
    expect(await c).toBe("C");
    expect(started).toEqual(["a", "c"]);
  });

  it("forgets everything on abort", async () => {
    const { channel, started, end } = controlled();
    const [a, b] = [channel.ask("a"), channel.ask("b")];
    channel.abort();
    await end("a");
    expect(await a).toBeUndefined();
    expect(await b).toBeUndefined();
    expect(started).toEqual(["a"]);
  });

  it("goes on after a failure", async () => {
    let fails = true;
    const channel = new NewestWins((n: number) =>
      fails ? Promise.reject(new Error("no")) : Promise.resolve(n),
    );
    await expect(channel.ask(1)).rejects.toThrow("no");
    fails = false;
    expect(await channel.ask(2)).toBe(2);
  });
});
