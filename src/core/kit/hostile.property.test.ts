/**
 * Judge: hostile text in every string field of a plan stays data in every file, or the kit is refused.
 *
 * A kit whose field holds a harmless token is the measure: with other text in its place every program gets the same
 * words, the text where the token was, and no file has another line, key or name.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Catalog } from "../domain/catalog.ts";
import type { Kit } from "../domain/kit.ts";
import type { Plan, Target } from "../domain/plan.ts";
import { planSchema } from "../domain/plan-schema.ts";
import { KIT_CASES, type KitCase } from "./fixtures/cases.ts";
import { inputOf } from "./fixtures/compile-case.ts";
import { FIXTURE_CATALOG } from "./fixtures/fixture.ts";
import { POOL_CASES, TENSORRT_SINGLE } from "./fixtures/pool-cases.ts";
import { unpackKit } from "./fixtures/unpack-kit.ts";
import { compileKit } from "./compile-kit.ts";

interface Schema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly wrapped?: Schema;
  readonly item?: Schema;
  readonly options?: readonly (Schema | string)[];
}

/** Paths of the strings that a schema lets through as they are; picklists hold their own words. */
function stringsOf(schema: Schema, path: string): string[] {
  if (schema.type === "string") return [path];
  const inner = (name: string | number) => (path === "" ? String(name) : `${path}.${name}`);
  return [
    ...Object.entries(schema.entries ?? {}).flatMap(([name, one]) => stringsOf(one, inner(name))),
    ...(schema.wrapped ? stringsOf(schema.wrapped, path) : []),
    ...(schema.item ? stringsOf(schema.item, inner(0)) : []),
    ...(schema.options ?? []).flatMap((one) => (typeof one === "string" ? [] : stringsOf(one, path))),
  ];
}

const TOKEN = "harmless";
const PATHS = [...new Set(stringsOf(planSchema, ""))];
/** No catalog has an engine of one's own, so its id never reaches a file. */
const ENUMERATED = [
  "model",
  "weights",
  "engine",
  "cluster.accelerator",
  "cluster.host",
  "cluster.fabric",
  "workload.lengths.input.sketch",
  "workload.lengths.output.sketch",
  "options.engineVersion",
  "options.tensorTypes.0.pattern",
  "price.provider",
];

function caseNamed(name: string): KitCase {
  const found = KIT_CASES.find((one) => one.name === name);
  if (!found) throw new Error(name);
  return found;
}
const sglang = caseNamed("sglang-fp8-8xh200");
const llama = caseNamed("llamacpp-q4km-8xa100");
const baseOf = (path: string): KitCase => (path.startsWith("options.tensorTypes") ? llama : sglang);

/** The plan with `text` in one place; what has to stand around it comes with it. */
function planWith({ plan }: KitCase, path: string, text: string): Plan {
  if (path.startsWith("options.tensorTypes")) {
    return { ...plan, options: { ...plan.options, tensorTypes: [{ pattern: text, type: "q8_0" }] } };
  }
  if (path.startsWith("workload.lengths.")) {
    const side = path.includes("input") ? "input" : "output";
    return { ...plan, workload: { ...plan.workload, lengths: { [side]: { kind: "sketch", sketch: text } } } };
  }
  const [first = "", second] = path.split(".");
  if (second === undefined) return { ...plan, [first]: text };
  return { ...plan, [first]: { ...(plan[first as "cluster"] as object | undefined), [second]: text } };
}

/** A catalog that knows the text as the id of what it stands for: else the kit would be refused at once. */
function catalogWith(path: string, text: string, { plan }: KitCase): Catalog {
  const model = FIXTURE_CATALOG.models.get(plan.model);
  const accelerator = FIXTURE_CATALOG.accelerators.get(plan.cluster.accelerator ?? "");
  const weights = FIXTURE_CATALOG.weightFormats.get(plan.weights);
  const repository = model?.repositories[0];
  if (!model || !accelerator || !weights || !repository) throw new Error("fixture");
  if (path === "model") {
    return { ...FIXTURE_CATALOG, models: new Map([[text, { ...model, id: text, name: text }]]) };
  }
  if (path === "cluster.accelerator") {
    const named = { ...accelerator, id: text, name: text, shortName: text };
    return { ...FIXTURE_CATALOG, accelerators: new Map([[text, named]]) };
  }
  return FIXTURE_CATALOG;
}

function compile(path: string, text: string, target: Target | undefined, base = baseOf(path)) {
  const plan = planWith(base, path, text);
  return compileKit({
    ...inputOf(base),
    plan: target === undefined ? plan : { ...plan, target },
    catalog: catalogWith(path, text, base),
  });
}

const hostile = fc.oneof(
  fc.constantFrom(
    "$(id)",
    "`id`",
    "${HOME}",
    "a'b\"c\\",
    "x\ny",
    "x\r\n#SBATCH --nodes=9",
    "../../etc/passwd",
    "-rf",
    "--model=/etc/passwd",
    "<script>alert(1)</script>",
    "| a | b |",
    "\u202eabc\u202c",
    "-->",
    "%s%n%i",
    "a: b # c",
    "*anchor",
    "!!python/object",
    "$$(PORT)",
    "~",
    "null",
    "0755",
    "EOF\nid",
    " lead and trail ",
  ),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
);

/** Shape of a document: every key, and how long every list is. */
function skeleton(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(skeleton);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, skeleton(one)]));
}

/** Names of files and of what is in them are the plan's, made plain. */
const PLAIN_NAME = /^[A-Za-z0-9._@/-]+$/;
const linesOf = (kit: Kit) =>
  Object.fromEntries(kit.files.map(({ path, text }) => [path, text.split("\n").length]));

const pick = (record: Readonly<Record<string, number>>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, record[name]]));

describe("string fields of a plan", () => {
  it("are these, and a new one has to be thought of here", () => {
    expect(PATHS.toSorted()).toEqual(ENUMERATED.toSorted());
  });
});

/** What any text in a plan's place must leave as it is: lines, names, the shape of every document. */
function expectData(path: string, target: Target | undefined, base: KitCase, numRuns: number): void {
  // A version is refused unless it is near one that is known.
  const plain = compile(path, path === "options.engineVersion" ? "0.5.99" : TOKEN, target, base);
  fc.assert(
    fc.property(hostile, (text) => {
      const result = compile(path, text, target, base);
      if (!result.ok) {
        expect(result.error.problem.length).toBeGreaterThan(5);
        return;
      }
      if (!plain.ok) throw new Error(`harmless text was refused: ${plain.error.problem}`);
      const kit = result.value;
      const lines = linesOf(kit);
      // What is pinned in place of an unknown version is told in as many sentences as it takes.
      const told = path === "options.engineVersion" ? ["README.md", "kit.json"] : [];
      expect({ ...lines, ...pick(linesOf(plain.value), told) }).toEqual(linesOf(plain.value));
      expect(kit.name).toMatch(PLAIN_NAME);
      for (const file of kit.files) expect(file.path).toMatch(PLAIN_NAME);
      for (const [index, file] of kit.files.entries()) {
        if (!file.path.endsWith(".yaml")) continue;
        const twin = plain.value.files[index]?.text ?? "";
        for (const version of ["1.1", "1.2"] as const) {
          expect(skeleton(parse(file.text, { version }))).toEqual(skeleton(parse(twin, { version })));
        }
      }
      const json = kit.files.find((file) => file.path === "kit.json")?.text ?? "";
      expect((JSON.parse(json) as { plan: Plan }).plan).toEqual(
        target === undefined ? planWith(base, path, text) : { ...planWith(base, path, text), target },
      );
    }),
    { numRuns },
  );
}

describe.each(ENUMERATED)("hostile text in %s", (path) => {
  it.each<Target | undefined>([undefined, "kubernetes", "slurm"])("is data or refused, for %s", (target) => {
    expectData(path, target, baseOf(path), 25);
  });
});

// Routers write addresses that are made of the model's name: into YAML, arguments and a script.
describe.each([...POOL_CASES.slice(1), TENSORRT_SINGLE])("a hostile name in the pools of $name", (base) => {
  it("is data or refused", () => {
    const target = base.plan.target ?? (base.plan.engine === "vllm" ? "kubernetes" : undefined);
    expectData("model", target, base, 8);
  });
});

describe("words that bash hands to programs", () => {
  it.each([
    ["model", "serve/serve.sh"],
    ["options.tensorTypes.0.pattern", "convert/quantize.sh"],
  ])("%s: %s starts the same with the text in its place", (path, script) => {
    const wordsOf = (text: string): string[] | undefined => {
      const result = compile(path, text, "shell");
      if (!result.ok) return undefined;
      const unpacked = unpackKit(result.value);
      const { argvs, status } = unpacked.run(script);
      unpacked.remove();
      expect(status).toBe(0);
      return argvs.flat().map((word) => word.replace(unpacked.folder, ""));
    };
    const plain = wordsOf(TOKEN);
    expect(plain?.some((word) => word.includes(TOKEN))).toBe(true);
    let compared = 0;
    fc.assert(
      fc.property(hostile, (text) => {
        const words = wordsOf(text);
        if (words === undefined) return;
        compared += 1;
        expect(words).toEqual(plain?.map((word) => word.replaceAll(TOKEN, () => text)));
      }),
      { numRuns: 15, endOnFailure: true },
    );
    expect(compared).toBeGreaterThan(0);
  });
});
