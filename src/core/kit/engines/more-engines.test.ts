/** What the engines beside vLLM, SGLang and llama.cpp say, and what they refuse. */
import { describe, expect, it } from "vitest";
import type { Plan } from "../../domain/plan.ts";
import type { KitCase } from "../fixtures/cases.ts";
import { compileCase, kitOf } from "../fixtures/compile-case.ts";
import { MORE_ENGINES } from "../fixtures/more-cases.ts";

const caseNamed = (name: string): KitCase => {
  const found = MORE_ENGINES.find((c) => c.name === name);
  if (!found) throw new Error(name);
  return found;
};
const serveOf = (kitCase: KitCase): string =>
  kitOf(kitCase).files.find(({ path }) => path === "serve/serve.sh")?.text ?? "";

const ik = caseNamed("ik-llamacpp-q4km-hybrid-rtx4090");
const kt = caseNamed("ktransformers-q4km-rtx4090-isolated");
const lmdeploy = caseNamed("lmdeploy-fp8-8xh200-mtp");
const spread = caseNamed("lmdeploy-fp8-2x8xh100-dp16-ep16");
const layoutOf = ({ plan }: KitCase, change: Partial<Plan["layout"]>): Partial<Plan> => ({
  layout: { ...plan.layout, ...change },
});

describe("says", () => {
  it("ik_llama.cpp: experts by tensor override, MLA 3, and no option for fused experts", () => {
    const text = serveOf(ik);
    expect(text).toContain("--override-tensor 'exps=CPU'");
    expect(text).toContain("--mla-use 3");
    expect(text).toContain("--attention-max-batch 512");
    expect(text).not.toMatch(/fmoe|fused-moe/);
  });

  it("KTransformers: as many bytes on the accelerator as the plan's layers, on one socket", () => {
    const text = serveOf(kt);
    expect(text).toContain("--kt-num-gpu-experts 4  # plan: experts of 57 of 58 layers on the host");
    expect(text).toContain("--kt-threadpool-count 1");
    expect(text).toContain("--kt-numa-nodes 0");
    expect(text).toContain('--model-path "${MODEL_DIR}"/checkpoint');
  });

  it("LMDeploy: one server a rank behind a proxy on the first node", () => {
    const proxy = kitOf(spread).files.find(({ path }) => path === "serve/proxy.sh");
    expect(proxy?.text).toContain("--serving-strategy Hybrid");
    expect(proxy?.text).toContain('exec lmdeploy serve proxy "${args[@]}"');
    expect(serveOf(spread)).toContain('--proxy-url http://"${HEAD_ADDR}":"${PORT}"');
    expect(serveOf(spread)).toContain('export LMDEPLOY_DP_MASTER_ADDR="${HEAD_ADDR}"');
    expect(kitOf(lmdeploy).files.some(({ path }) => path === "serve/proxy.sh")).toBe(false);
  });
});

describe("refuses", () => {
  it.each<[string, KitCase, Partial<Plan>, string, RegExp]>([
    ["tensor parallelism of ik_llama.cpp", ik, layoutOf(ik, { tp: 8 }), "layout", /by layers only/],
    ["an FP8 cache of ik_llama.cpp", ik, { kvCache: "fp8" }, "kvCache", /no FP8 cache/],
    [
      "KTransformers without experts on the host",
      kt,
      layoutOf(kt, { experts: "gpu" }),
      "layout.experts",
      /is SGLang/,
    ],
    ["KTransformers without a count of cores", kt, { options: {} }, "options.threads", /how many cores/],
    ["expert parallelism of KTransformers", kt, layoutOf(kt, { ep: 8 }), "layout", /only tensor parallelism/],
    [
      "pipeline stages of LMDeploy",
      lmdeploy,
      layoutOf(lmdeploy, { tp: 4, pp: 2 }),
      "layout.pp",
      /no pipeline stages/,
    ],
    ["an FP8 cache of LMDeploy", lmdeploy, { kvCache: "fp8" }, "kvCache", /no FP8 cache/],
    [
      "TP of LMDeploy over nodes",
      spread,
      layoutOf(spread, { dpAttention: 1, ep: 1 }),
      "cluster.nodes",
      /Ray cluster/,
    ],
    [
      "LMDeploy's attention DP over some ranks",
      lmdeploy,
      layoutOf(lmdeploy, { dpAttention: 4 }),
      "layout.dpAttention",
      /8 or 1/,
    ],
  ])("%s", (_, kitCase, change, path, problem) => {
    const result = compileCase({ ...kitCase, plan: { ...kitCase.plan, ...change } });
    expect(result).toMatchObject({ ok: false, error: { path } });
    if (!result.ok) expect(result.error.problem).toMatch(problem);
  });
});
