import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { distillOf } from "../../core/domain/parse-distill-plan.ts";
import { EXAMPLE_PLAN } from "../../core/domain/parse-plan.ts";
import { runCli } from "../testing/run-cli.ts";

const PLAN = distillOf(EXAMPLE_PLAN);
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fathom-distil-kit-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the kit of a distillation", () => {
  it("holds the teacher's own kit, at the load that was judged, and asks where that one listens", async () => {
    const out = join(folder, "kit");
    const job = { ...PLAN.job, concurrency: 64, sharedTokens: 256 };
    expect(await runCli(["kit", "-", "--out", out], JSON.stringify({ ...PLAN, job }))).toMatchObject({
      code: 0,
      err: [],
    });
    const inside = JSON.parse(readFileSync(join(out, "teacher/kit.json"), "utf8")) as {
      ports: readonly { port: number }[];
      plan: { model: string; workload: { concurrency: number; prefixHitRate: number } };
    };
    expect(inside.plan.workload.concurrency).toBe(64);
    expect(inside.plan.workload.prefixHitRate).toBeCloseTo(0.5, 3);
    const settings = JSON.parse(readFileSync(join(out, "settings.json"), "utf8")) as {
      teacher: { url: string; servedName: string };
    };
    expect(settings.teacher).toMatchObject({
      url: `http://127.0.0.1:${inside.ports[0]?.port ?? 0}`,
      servedName: inside.plan.model,
    });
  });

  it("names what the teacher's kit refuses by the path that the field has in this plan", async () => {
    const teacher = {
      weights: "gguf:custom",
      engine: "llama.cpp",
      layout: { tp: 1, pp: 8 },
      options: { weightsBytes: 1e11 },
    };
    const plan = { ...PLAN, teacher, job: { ...PLAN.job, concurrency: 1 } };
    const { code, err } = await runCli(["kit", "-", "--out", join(folder, "none")], JSON.stringify(plan));
    expect(code).toBe(2);
    expect(err[0]).toMatch(/^teacher\.weights: a file of one's own/);
  });
});
