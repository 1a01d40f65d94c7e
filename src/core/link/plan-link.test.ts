import { fc, test } from "@fast-check/vitest";
import { deflateSync, strToU8 } from "fflate";
import { describe, expect, it } from "vitest";
import type { FinetunePlan } from "../domain/finetune-plan.ts";
import { distillOf } from "../domain/parse-distill-plan.ts";
import { finetuneOf } from "../domain/parse-finetune-plan.ts";
import { EXAMPLE_PLAN } from "../domain/parse-plan.ts";
import type { Plan } from "../domain/plan.ts";
import { fromBase64Url, toBase64Url } from "./base64url.ts";
import { crc32 } from "./checksum.ts";
import { apply, diff } from "./delta.ts";
import type { JsonObject } from "./json.ts";
import { linkToPlan, planToLink, readLink, writeLink } from "./plan-link.ts";
import { VERSION_1 } from "./version-1.ts";

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as JsonObject;
const opened = (link: string): unknown => {
  const result = linkToPlan(link);
  if (!result.ok) throw new Error(result.error.problem);
  return result.value;
};
const problemOf = (link: string): string => {
  const result = linkToPlan(link);
  if (result.ok) throw new Error(`opened: ${JSON.stringify(result.value)}`);
  expect(result.error.path).toBe("link");
  expect(result.error.problem).not.toContain("\n");
  return result.error.problem;
};
const forge = (delta: string, packing = 0): string => {
  const raw = strToU8(delta);
  const payload = packing === 1 ? deflateSync(raw, { dictionary: strToU8(VERSION_1.dictionary) }) : raw;
  const bytes = new Uint8Array(5 + payload.length);
  bytes[0] = packing;
  new DataView(bytes.buffer).setUint32(1, crc32(raw));
  bytes.set(payload, 5);
  return `1.${toBase64Url(bytes)}`;
};

const power = fc.constantFrom(1, 2, 4, 8, 16, 32, 64);
const tokens = fc.constantFrom(128, 512, 1000, 1024, 2048, 4096, 8192, 32768, 131072);
const instance = fc.record({ gpus: power, tp: power, pp: power, dpAttention: power, ep: power });
const layout = fc.record({
  tp: power,
  pp: power,
  dpAttention: power,
  ep: power,
  dcp: power,
  replicas: power,
  experts: fc.oneof(fc.constantFrom("gpu", "cpu"), fc.record({ cpuLayers: fc.nat(58) })),
  disaggregated: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    fc.record({ prefill: instance, decode: instance, prefillReplicas: power, decodeReplicas: power }),
  ),
});
const cluster = fc.record(
  {
    accelerator: fc.constantFrom("h200-sxm", "h100-sxm", "a100-80-sxm", "mi355x", "gb300", "rtx-4090"),
    acceleratorsPerNode: power,
    nodes: power,
    host: fc.constantFrom("xeon-5th-2s", "epyc-9005-2s"),
    sockets: fc.constantFrom(1, 2),
    hostMemoryGiB: fc.constantFrom(512, 1024, 2048),
    hostMemoryBandwidth: fc.constantFrom(4.6e11, 1.2e12),
    fabric: fc.constantFrom("infiniband-400g", "nvlink4"),
  },
  { requiredKeys: ["acceleratorsPerNode", "nodes"] },
);
const workload = fc.oneof(
  fc.record({
    inputTokens: tokens,
    outputTokens: tokens,
    concurrency: fc.nat(9999),
    prefixHitRate: fc.constantFrom(0, 0.5, 0.83),
  }),
  fc.record({
    inputTokens: tokens,
    outputTokens: tokens,
    requestsPerSecond: fc.double({ min: 0.01, max: 99, noNaN: true }),
    prefixHitRate: fc.constant(0),
    contextDepth: tokens,
  }),
);
const options = fc.record(
  {
    engineVersion: fc.constantFrom("0.5.2", "b6500", "v0.11.0"),
    maxRunningRequests: power,
    chunkedPrefill: tokens,
    memFraction: fc.constantFrom(0.8, 0.88, 0.9),
    contextLength: tokens,
    schedulerInterval: power,
    ubatch: tokens,
    batch: tokens,
    slots: power,
    threads: power,
    numa: fc.constantFrom("none", "distribute", "isolate"),
    flashAttention: fc.boolean(),
    opOffload: fc.boolean(),
    imatrix: fc.boolean(),
    mtpLayer: fc.boolean(),
    weightsBytes: fc.integer({ min: 1e9, max: 1e12 }),
    acceptanceLength: fc.constantFrom(1.7, 2.4),
    moeTp: power,
  },
  { requiredKeys: [] },
);
const anyPlan = fc.record(
  {
    version: fc.constant(1),
    goal: fc.constant("serve"),
    model: fc.constantFrom("deepseek-v3", "deepseek-v3-0324", "deepseek-r1-0528"),
    weights: fc.constantFrom("fp8", "bf16", "nvfp4", "gguf:Q4_K_M", "gguf:IQ2_XXS", "gguf:custom"),
    kvCache: fc.constantFrom("bf16", "fp8", "q8_0"),
    engine: fc.constantFrom("sglang", "vllm", "tensorrt-llm", "llama.cpp", "ktransformers"),
    cluster,
    layout,
    workload,
    speculative: fc.constantFrom("off", "mtp1", "mtp3"),
    options,
    slo: fc.record({ ttftMs: tokens, tpotMs: fc.integer({ min: 1, max: 500 }) }, { requiredKeys: [] }),
    price: fc.record(
      {
        provider: fc.constantFrom("lambda", "aws", "coreweave"),
        term: fc.constantFrom("on-demand", "spot", "reserved-1y"),
        usdPerAcceleratorHour: fc.constantFrom(1.99, 2.5, 3.14),
      },
      { requiredKeys: [] },
    ),
  },
  {
    requiredKeys: [
      "version",
      "goal",
      "model",
      "weights",
      "engine",
      "cluster",
      "layout",
      "workload",
      "speculative",
      "options",
      "slo",
    ],
  },
);

/** Edits such as a person makes to the opening plan: some fields of it, not all. */
const ordinaryPlan = fc
  .tuple(
    anyPlan,
    fc.subarray([
      "model",
      "weights",
      "kvCache",
      "engine",
      "cluster",
      "workload",
      "speculative",
      "slo",
      "price",
    ] as const),
  )
  .map(([source, fields]) => {
    const plan: Record<string, unknown> = { ...EXAMPLE_PLAN };
    for (const field of fields) if (source[field] !== undefined) plan[field] = source[field];
    plan["layout"] = source.layout.disaggregated === null ? source.layout : EXAMPLE_PLAN.layout;
    return plan as unknown as Plan;
  });

function shuffled(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, shuffled(inner)]),
  );
}

describe("a plan survives its link", () => {
  test.prop([anyPlan], { numRuns: 500 })("exactly, whatever is in it", (plan) => {
    expect(opened(planToLink(plan as unknown as Plan))).toEqual(plain(plan));
  });

  test.prop([ordinaryPlan], { numRuns: 1000 })(
    "in under 400 characters when it is an ordinary one",
    (plan) => {
      const link = planToLink(plan);
      expect(link.length).toBeLessThan(400);
      expect(opened(link)).toEqual(plain(plan));
    },
  );

  test.prop([anyPlan], { numRuns: 200 })("in the same text for the same plan, keys in any order", (plan) => {
    const link = planToLink(plan);
    expect(planToLink(shuffled(plan) as Plan)).toBe(link);
    expect(planToLink(opened(link) as Plan)).toBe(link);
    expect(link).toMatch(/^1\.[A-Za-z0-9_-]+$/);
  });

  test.prop([fc.jsonValue({ maxDepth: 4 }), fc.string()])(
    "with fields that nobody knows yet",
    (value, key) => {
      fc.pre(key !== "__proto__" && !JSON.stringify(value).includes("__proto__"));
      const plan = { ...plain(EXAMPLE_PLAN), [key]: value, workload: { [key]: value } };
      expect(opened(writeLink(plain(plan), [VERSION_1]))).toEqual(plain(plan));
    },
  );

  it("keeps the order in which the base has its keys, so that files made from it are the same", () => {
    const edited = { ...EXAMPLE_PLAN, engine: "vllm" as const };
    expect(JSON.stringify(opened(planToLink(shuffled(edited) as Plan)))).toBe(JSON.stringify(edited));
  });
});

describe("links of version 1 that were once written", () => {
  const edits: readonly (readonly [string, Plan])[] = [
    ["1.AKOmv0N7fQ", EXAMPLE_PLAN],
    ["1.AROlQxKrRnE0uvW1tQA", { ...EXAMPLE_PLAN, workload: { ...EXAMPLE_PLAN.workload, concurrency: 128 } }],
    ["1.AVofIJ6rxgh2gunSUKkWAA", { ...EXAMPLE_PLAN, engine: "vllm", speculative: "mtp1", kvCache: "fp8" }],
    [
      "1.AYQoul5DiWvUeEUqO5FiCRErqPUs0BHgihYWambgqhWzAQMsLFEaMODWSm0tAA",
      {
        ...EXAMPLE_PLAN,
        cluster: { accelerator: "b200-sxm", acceleratorsPerNode: 8, nodes: 2 },
        layout: { ...EXAMPLE_PLAN.layout, tp: 16, dpAttention: 16, ep: 16 },
        price: { provider: "lambda", term: "spot" },
      },
    ],
  ];
  it.each(edits)("%s", (link, plan) => {
    expect(opened(link)).toEqual(plain(plan));
    expect(planToLink(plan)).toBe(link);
    expect(link.length).toBeLessThan(120);
  });
});

describe("links of plans with other goals", () => {
  const finetune = finetuneOf(EXAMPLE_PLAN);
  const edited: FinetunePlan = {
    ...finetune,
    method: "qlora",
    base: "nf4",
    framework: "llamafactory",
    adapters: { ranks: { o: 8, routed: 16 }, experts: [0, 7] },
    cluster: { accelerator: "h100-sxm", acceleratorsPerNode: 8, nodes: 4 },
    layout: { ...finetune.layout, sharding: "full", experts: "gpu" },
  };

  it("open as they were written, in few characters", () => {
    for (const plan of [finetune, edited, distillOf(EXAMPLE_PLAN)]) {
      const link = planToLink(plan);
      expect(opened(link)).toEqual(plain(plan));
      expect(link.length).toBeLessThan(260);
      expect(link).toMatch(/^1\./);
    }
  });

  it("keep their text: once written, they open for ever", () => {
    expect(planToLink(finetune)).toBe("1.AgVH_lp7fQ");
    expect(opened("1.AgVH_lp7fQ")).toEqual(plain(finetune));
  });

  it("are refused at every changed character, the base's number too", () => {
    const link = planToLink(edited);
    for (let at = 2; at < link.length; at++) {
      for (const other of ["A", "B", "C", "I"]) {
        if (other === link[at]) continue;
        expect(problemOf(link.slice(0, at) + other + link.slice(at + 1))).toBeTruthy();
      }
    }
  });

  it("of a goal to come are refused, not read against another base", () => {
    expect(problemOf(forge("{}", 6))).toContain("changed on its way");
  });
});

describe("what is no whole link is refused in one line", () => {
  const link = planToLink({
    ...EXAMPLE_PLAN,
    engine: "vllm",
    workload: { inputTokens: 4000, outputTokens: 200, concurrency: 17, prefixHitRate: 0.25 },
  });

  it("at every truncation", () => {
    for (let length = 0; length < link.length; length++)
      expect(problemOf(link.slice(0, length))).toBeTruthy();
  });

  it("at every changed character", () => {
    for (let at = 2; at < link.length; at++) {
      const other = link[at] === "A" ? "B" : "A";
      expect(problemOf(link.slice(0, at) + other + link.slice(at + 1))).toBeTruthy();
    }
  });

  it("of a version to come", () => {
    expect(problemOf(link.replace(/^1/, "2"))).toBe(
      "is of version 2, and this Fathom reads links up to version 1",
    );
  });

  it("too long, in the text or once unpacked", () => {
    expect(problemOf(`1.${"A".repeat(20_000)}`)).toContain("characters long");
    expect(problemOf(forge(JSON.stringify({ model: "x".repeat(3_000_000) }), 1))).toBe(
      "unpacks to more than a plan can be",
    );
  });

  it("that reaches for the prototype or nests without end", () => {
    expect(problemOf(forge('{"__proto__":{"fits":true}}'))).toContain("__proto__");
    expect(problemOf(forge('{"slo":{"__proto__":{"fits":true}}}'))).toContain("__proto__");
    expect(problemOf(forge(`{"slo":${"[".repeat(20_000)}${"]".repeat(20_000)}}`, 1))).toContain("nested");
    expect(opened(forge('{"constructor":1}'))).toMatchObject({ constructor: 1, goal: "serve" });
    expect(({} as Record<string, unknown>)["fits"]).toBeUndefined();
  });

  it("that holds no object", () => {
    expect(problemOf(forge("[1]"))).toBe("holds no plan");
    expect(problemOf(forge("{"))).toBe("holds no plan");
    expect(problemOf(forge("{}", 7))).toContain("changed on its way");
  });

  test.prop([fc.string({ maxLength: 200 })])("random text", (text) => {
    expect(linkToPlan(text).ok).toBe(false);
    expect(linkToPlan(`1.${text}`).ok).toBe(false);
  });

  it("but white space and the hash sign around a link do no harm", () => {
    expect(opened(` #${link}\n`)).toEqual(opened(link));
  });
});

describe("versions", () => {
  const versions = [
    {
      ...VERSION_1,
      migrate: ({ slo, ...plan }: JsonObject) => ({ ...plan, version: 2, goals: slo ?? null }),
    },
    { base: { version: 2, goals: null }, dictionary: "" },
  ];

  it("opens an old link as a plan of today", () => {
    const link = planToLink(EXAMPLE_PLAN);
    const result = readLink(link, versions);
    expect(result.ok && result.value).toMatchObject({
      version: 2,
      goals: { ttftMs: 2000 },
      model: "deepseek-v3-0324",
    });
  });

  it("writes the newest", () => {
    expect(writeLink({ version: 2, goals: null }, versions)).toMatch(/^2\./);
  });

  it("says so when a migration was forgotten", () => {
    expect(() => readLink(planToLink(EXAMPLE_PLAN), [VERSION_1, VERSION_1])).toThrow("migrate");
  });
});

describe("parts", () => {
  test.prop([fc.uint8Array()])("base64url agrees with Node's", (bytes) => {
    const text = toBase64Url(bytes);
    expect(text).toBe(Buffer.from(bytes).toString("base64url"));
    expect(fromBase64Url(text)).toEqual(bytes);
  });

  it("base64url refuses stray bits, so that one plan has one text", () => {
    expect(fromBase64Url("AA")).toEqual(new Uint8Array(1));
    expect(fromBase64Url("AB")).toBeNull();
    expect(fromBase64Url("A")).toBeNull();
  });

  it("the checksum is CRC-32", () => {
    expect(crc32(strToU8("123456789"))).toBe(0xcbf43926);
  });

  it("the delta tells a removed key from one named like the mark", () => {
    const base = { a: 1, "-": 2, b: { c: null } };
    const target = { "-": [3], "--x": 4, b: { c: null, d: {} } };
    expect(apply(base, diff(base, target))).toEqual(target);
  });
});
