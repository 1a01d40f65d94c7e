import { describe, expect, it } from "vitest";
import { TokenizerClient } from "./tokenizer-client.ts";

/** A worker that never answers and dies on request. */
class MuteWorker extends EventTarget {
  terminated = false;
  postMessage(): void {}
  terminate(): void {
    this.terminated = true;
  }
}

function mute() {
  const workers: MuteWorker[] = [];
  const client = new TokenizerClient(() => {
    const worker = new MuteWorker();
    workers.push(worker);
    return worker as unknown as Worker;
  });
  return { client, workers };
}
const file = () => new File(["a"], "a.txt");

describe("TokenizerClient", () => {
  it("ends the worker on cancel, and the file's promise with it", async () => {
    const { client, workers } = mute();
    const answer = client.readFile(file());
    client.cancel();
    expect(await answer).toBeUndefined();
    expect(workers.map(({ terminated }) => terminated)).toEqual([true]);
  });

  it("drops the file at work for a newer one", async () => {
    const { client, workers } = mute();
    const first = client.readFile(file());
    const second = client.readFile(file());
    expect(await first).toBeUndefined();
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
    client.cancel();
    expect(await second).toBeUndefined();
  });

  it("makes a worker that dies, and one that may not start, a reason", async () => {
    const { client, workers } = mute();
    const answer = client.readFile(file());
    workers[0]?.dispatchEvent(Object.assign(new Event("error"), { message: "out of memory" }));
    expect(await answer).toEqual({ ok: false, error: { message: "out of memory" } });
    const forbidden = new TokenizerClient(() => {
      throw new Error("policy");
    });
    expect(await forbidden.readFile(file())).toMatchObject({ ok: false });
    expect(await forbidden.readFile(file())).toMatchObject({ ok: false });
  });
});
