import { describe, expect, it } from "vitest";
import { DEEPSEEK_V3 } from "../../tensors/deepseek-v3.fixture.ts";
import { listArchitectureTensors } from "../../tensors/architecture-tensors.ts";
import { ADAPTER_TARGETS, type AdapterTarget } from "../../domain/finetune-plan.ts";
import { adaptersByLayer, countAdapters } from "./adapters.ts";

const PEFT = { fusesGateUp: false };
const sum = (list: readonly { readonly parameters: number }[]) =>
  list.reduce((total, { parameters }) => total + parameters, 0);

/** Modules by the names that PEFT's `target_modules` would match, over every tensor of the checkpoint. */
const NAMES: Readonly<Record<AdapterTarget, RegExp>> = {
  q_a: /\.q_a_proj\.weight$/,
  q_b: /\.q_b_proj\.weight$/,
  kv_a: /\.kv_a_proj_with_mqa\.weight$/,
  kv_b: /\.kv_b_proj\.weight$/,
  o: /\.o_proj\.weight$/,
  dense: /layers\.[0-2]\.mlp\.(gate|up|down)_proj\.weight$/,
  shared: /\.mlp\.shared_experts\.\w+\.weight$/,
  routed: /\.mlp\.experts\.\d+\.\w+\.weight$/,
  router: /\.mlp\.gate\.weight$/,
};

/** Counts as PEFT does: lora_A [r, in] and lora_B [out, r] of every module that a name matches. */
function walk(target: AdapterTarget, rank: number, keep: (name: string) => boolean = () => true) {
  let [modules, parameters] = [0, 0];
  for (const { name, shape } of listArchitectureTensors(DEEPSEEK_V3, { mtpLayer: false })) {
    if (!NAMES[target].test(name) || !keep(name)) continue;
    const [out = 0, into = 0] = shape;
    modules += 1;
    parameters += rank * into + out * rank;
  }
  return { modules, parameters };
}

describe("adapter parameters", () => {
  it("are those of a walk over every tensor, target by target", () => {
    const ranks = Object.fromEntries(ADAPTER_TARGETS.map((target, i) => [target, 4 * (i + 1)]));
    const counted = countAdapters(DEEPSEEK_V3, { ranks }, PEFT);
    expect(counted.map(({ target }) => target)).toEqual([...ADAPTER_TARGETS]);
    for (const { target, rank, modules, parameters } of counted)
      expect({ target, modules, parameters }).toEqual({ target, ...walk(target, rank) });
  });

  it("are PEFT's own count on attention: 1,590,272 a layer at rank 16", () => {
    const ranks = { q_a: 16, q_b: 16, kv_a: 16, kv_b: 16, o: 16 };
    expect(sum(countAdapters(DEEPSEEK_V3, { ranks }, PEFT))).toBe(61 * 1_590_272);
    expect(adaptersByLayer(DEEPSEEK_V3, { ranks }, PEFT)[5]).toEqual({ dense: 1_590_272, routed: 0 });
  });

  it("count chosen experts alone", () => {
    const chosen = countAdapters(DEEPSEEK_V3, { ranks: { routed: 8 }, experts: [0, 17, 255] }, PEFT);
    expect(chosen[0]).toMatchObject(walk("routed", 8, (name) => /experts\.(0|17|255)\./.test(name)));
  });

  it("share gate's and up's input half where the two are one matrix, as in Megatron", () => {
    const fused = sum(countAdapters(DEEPSEEK_V3, { ranks: { shared: 16 } }, { fusesGateUp: true }));
    expect(fused).toBe(58 * 16 * (7168 + 2 * 2048 + (2048 + 7168)));
  });

  it("sum over layers to the whole", () => {
    const plan = { ranks: { q_b: 8, dense: 4, routed: 2, router: 1 } };
    const layers = adaptersByLayer(DEEPSEEK_V3, plan, PEFT);
    const whole = layers.reduce((total, { dense, routed }) => total + dense + routed, 0);
    expect(whole).toBe(sum(countAdapters(DEEPSEEK_V3, plan, PEFT)));
  });
});
