import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan } from "../domain/plan.ts";
import { KIT_CASES, type KitCase } from "./fixtures/cases.ts";
import { compileCase, inputOf, kitOf } from "./fixtures/compile-case.ts";
import { FIXTURE_CATALOG } from "./fixtures/fixture.ts";
import { compileKit } from "./compile-kit.ts";

function caseNamed(name: string): KitCase {
  const found = KIT_CASES.find((c) => c.name === name);
  if (!found) throw new Error(name);
  return found;
}
const sglang = caseNamed("sglang-fp8-8xh200");
const llama = caseNamed("llamacpp-q4km-8xa100");

const withPlan = (kitCase: KitCase, change: Partial<Plan>): KitCase => ({
  ...kitCase,
  plan: { ...kitCase.plan, ...change },
});
const layout = (kitCase: KitCase, change: Partial<Plan["layout"]>): KitCase =>
  withPlan(kitCase, { layout: { ...kitCase.plan.layout, ...change } });
function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const copy = { ...value };
  delete copy[key];
  return copy;
}
const serveText = (kitCase: KitCase): string =>
  kitOf(kitCase).files.find((file) => file.path === "serve/serve.sh")?.text ?? "";

describe("compileKit refuses", () => {
  it("a plan that does not fit, with the reason", () => {
    const estimate = {
      ...sglang.estimate,
      fits: false,
      infeasible: [{ kind: "layout", message: "TP 8 does not divide 100 heads", path: "layout.tp" } as const],
    };
    expect(compileCase({ ...sglang, estimate })).toMatchObject({
      ok: false,
      error: { problem: expect.stringContaining("TP 8 does not divide 100 heads") as string },
    });
  });

  it.each<[string, KitCase, string, RegExp]>([
    ["an engine without a kit", withPlan(sglang, { engine: "atom" }), "engine", /no kit for atom/],
    [
      "weights that nobody publishes",
      withPlan(sglang, { weights: "int8" }),
      "weights",
      /no published checkpoint/,
    ],
    ["GGUF weights without a manifest", without(llama, "manifest"), "weights", /need a conversion manifest/],
    ["tensor parallelism of llama.cpp", layout(llama, { tp: 8, pp: 1 }), "layout", /by layers only/],
    [
      "MTP of llama.cpp",
      withPlan(llama, { speculative: "mtp1" }),
      "speculative",
      /drops this family's MTP layer/,
    ],
    ["an FP8 cache of llama.cpp", withPlan(llama, { kvCache: "fp8" }), "kvCache", /no FP8 cache/],
    ["a GGUF cache type in SGLang", withPlan(sglang, { kvCache: "q8_0" }), "engine", /no choice q8_0/],
    ["a replica across part of a node", layout(sglang, { tp: 12 }), "layout", /fills neither/],
    ["partial EP in vLLM", layout(caseNamed("vllm-fp8-8xh200"), { ep: 4 }), "layout.ep", /EP is 8 or 1/],
    [
      "a version older than every fact",
      withPlan(sglang, { options: { engineVersion: "0.1.0" } }),
      "options.engineVersion",
      /no facts/,
    ],
  ])("%s", (_, kitCase, path, problem) => {
    const flagsOf = kitCase.plan.engine === "atom" ? { ...kitCase, plan: sglang.plan } : kitCase;
    const result = compileKit({ ...inputOf(flagsOf), plan: kitCase.plan });
    expect(result).toMatchObject({ ok: false, error: { path } });
    if (!result.ok) expect(result.error.problem).toMatch(problem);
  });
});

describe("compileKit says", () => {
  it("the memory share that the estimate's weights and cache make", () => {
    expect(serveText(sglang)).toContain(
      "--mem-fraction-static 0.863  # 79.7 GiB weights + 41.6 GiB cache of 140.4 GiB a rank",
    );
  });

  it("the plan's own share where it has one", () => {
    expect(serveText(withPlan(sglang, { options: { memFraction: 0.9 } }))).toContain(
      "--mem-fraction-static 0.9  # plan",
    );
  });

  it("which version it pins when the plan asks for one without facts", () => {
    const kit = kitOf(withPlan(sglang, { options: { engineVersion: "0.5.99" } }));
    expect(kit.unsupported).toContainEqual({
      path: "options.engineVersion",
      reason: expect.stringContaining("pins 0.5.18") as string,
    });
  });

  it("llama.cpp's layer count behind the dense layers", () => {
    expect(serveText(caseNamed("llamacpp-iq2m-2x8xa100-rpc"))).toContain(
      "--n-cpu-moe 7  # plan: experts of the first 4 MoE layers",
    );
  });

  it("that a revision is not pinned", () => {
    const model = FIXTURE_CATALOG.models.get("deepseek-v3-0324");
    if (!model) throw new Error("model");
    const repositories = model.repositories.map((repository) => without(repository, "revision"));
    const catalog = { ...FIXTURE_CATALOG, models: new Map([[model.id, { ...model, repositories }]]) };
    const result = compileKit({ ...inputOf(sglang), catalog });
    if (!result.ok) throw new Error(result.error.problem);
    expect(result.value.unsupported.map((u) => u.reason).join()).toMatch(/takes REVISION/);
    expect(result.value.files.find((f) => f.path === "download.sh")?.text).toContain(
      "REVISION=${REVISION:-main}",
    );
  });
});

describe("hostile text", () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      "$(id)",
      "`id`",
      "a'b\"c",
      "x\ny",
      "../../etc/passwd",
      "<script>",
      "| a |",
      "\u202eabc",
      "-->",
      "%s%n",
      "a: b",
    ),
    fc.string({ unit: "grapheme", maxLength: 30 }),
  );

  it("in a link or a plan's strings stays data or is refused", () => {
    const plain = kitOf(sglang).files;
    fc.assert(
      fc.property(hostile, (text) => {
        const input = inputOf(withPlan(sglang, { price: { provider: text } }));
        const result = compileKit({ ...input, link: `https://fathom.example/#${text}` });
        if (!result.ok) {
          expect(text).toMatch(/\0|\p{Surrogate}/u);
          return;
        }
        const { files } = result.value;
        const json = JSON.parse(files.find((f) => f.path === "kit.json")?.text ?? "") as {
          plan: Plan;
          link: string;
        };
        expect(json.plan.price?.provider).toBe(text);
        expect(json.link).toMatch(/^[A-Za-z0-9\-._~:/?#@$&+,;=%]*$/);
        for (const file of files) {
          if (file.path !== "kit.json" && file.path !== "README.md") {
            expect(file.text).toBe(plain.find((f) => f.path === file.path)?.text);
          }
          expect(file.path).toMatch(/^[A-Za-z0-9._@/-]+$/);
        }
        const readme = files.find((f) => f.path === "README.md")?.text.split("\n") ?? [];
        expect(readme).toHaveLength(plain.find((f) => f.path === "README.md")?.text.split("\n").length ?? 0);
      }),
      { numRuns: 100 },
    );
  });
});
