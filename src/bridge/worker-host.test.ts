import { describe, expect, it } from "vitest";
import { WorkerHost } from "./worker-host.ts";

interface Api {
  double(n: number): Promise<number>;
}

/** A worker that never answers and dies on request. */
class MuteWorker extends EventTarget {
  terminated = false;
  postMessage(): void {}
  terminate(): void {
    this.terminated = true;
  }
  die(): void {
    this.dispatchEvent(Object.assign(new Event("error"), { message: "out of memory" }));
  }
}

const fallback = () =>
  Promise.resolve<Api>({
    double: (n) => (n < 0 ? Promise.reject(new Error("negative")) : Promise.resolve(2 * n)),
  });
const hostOf = (start: () => Worker, timeoutMs = 1000) => new WorkerHost<Api>({ start, fallback, timeoutMs });
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe("WorkerHost", () => {
  it("does the work on this thread where workers are forbidden", async () => {
    const host = hostOf(() => {
      throw new Error("blocked by policy");
    });
    expect(await host.call((api) => api.double(21))).toEqual({ ok: true, value: 42 });
  });

  it("makes a throw on the other side a value", async () => {
    const host = hostOf(() => {
      throw new Error("blocked");
    });
    expect(await host.call((api) => api.double(-1))).toEqual({ ok: false, error: { message: "negative" } });
    expect(await host.call((api) => api.double(1))).toEqual({ ok: true, value: 2 });
  });

  it("ends a dead worker's calls, stops it, starts another, and gives up after a few", async () => {
    const workers: MuteWorker[] = [];
    const host = hostOf(() => {
      const worker = new MuteWorker();
      workers.push(worker);
      return worker as unknown as Worker;
    });
    for (let i = 0; i < 4; i++) {
      const call = host.call((api) => api.double(1));
      await settle();
      workers.at(-1)?.die();
      expect(await call).toEqual({ ok: false, error: { message: "out of memory" } });
    }
    await settle();
    expect(workers).toHaveLength(4);
    expect(workers.every(({ terminated }) => terminated)).toBe(true);
    expect(await host.call((api) => api.double(1))).toMatchObject({ ok: false });
    expect(workers).toHaveLength(4);
  });

  it("asks a running worker at once, and keeps nothing of a call that is over", async () => {
    const asked: string[] = [];
    const host = hostOf(() => {
      throw new Error("blocked");
    });
    await host.call((api) => api.double(1));
    const call = host.call((api) => {
      asked.push("asked");
      return api.double(2);
    });
    expect(asked).toEqual(["asked"]);
    expect(await call).toEqual({ ok: true, value: 4 });
    const thrown = await host.call(() => {
      throw new Error("at once");
    });
    expect(thrown).toEqual({ ok: false, error: { message: "at once" } });
  });

  it("ends all calls of a dead worker, and counts one death", async () => {
    const workers: MuteWorker[] = [];
    const host = hostOf(() => {
      const worker = new MuteWorker();
      workers.push(worker);
      return worker as unknown as Worker;
    });
    const calls = Array.from({ length: 5 }, () => host.call((api) => api.double(1)));
    await settle();
    workers[0]?.die();
    for (const call of calls) expect(await call).toEqual({ ok: false, error: { message: "out of memory" } });
    const next = host.call((api) => api.double(1));
    await settle();
    expect(workers).toHaveLength(2);
    workers[1]?.die();
    expect(await next).toMatchObject({ ok: false });
  });

  it("gives a silent worker up", async () => {
    const host = hostOf(() => new MuteWorker() as unknown as Worker, 5);
    expect(await host.call((api) => api.double(1))).toEqual({
      ok: false,
      error: { message: "no answer within 0.005 s" },
    });
  });
});
