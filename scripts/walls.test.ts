import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise, type IConfiguration } from "dependency-cruiser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import config from "../dependency-cruiser.config.mjs";

/** The walls are only as good as what they refuse: each of these is planted and must be found. */
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const FORBIDDEN: readonly (readonly [file: string, imports: string, rule: string])[] = [
  ["src/core/units/a.ts", "../domain/x.ts", "core-units-imports-down-only"],
  ["src/core/domain/a.ts", "../tensors/x.ts", "core-domain-imports-down-only"],
  ["src/core/tensors/a.ts", "../model/x.ts", "core-tensors-imports-down-only"],
  ["src/core/model/a.ts", "../kit/x.ts", "core-model-imports-down-only"],
  ["src/core/model/b.ts", "../catalog/x.ts", "core-model-imports-down-only"],
  ["src/core/model/c.ts", "valibot", "core-model-imports-down-only"],
  ["src/core/model/d.ts", "node:fs", "core-model-imports-down-only"],
  ["src/core/model/e.ts", "../../planner-data.ts", "core-model-imports-down-only"],
  ["src/core/kit/a.ts", "../model/x.ts", "core-kit-imports-down-only"],
  ["src/core/kit/b.ts", "../search/x.ts", "core-kit-imports-down-only"],
  ["src/core/link/a.ts", "../kit/x.ts", "core-link-imports-down-only"],
  ["src/core/catalog/a.ts", "../link/x.ts", "core-catalog-imports-down-only"],
  ["src/core/workload/a.ts", "../model/x.ts", "core-workload-imports-down-only"],
  ["src/core/search/a.ts", "../evidence/x.ts", "core-search-imports-down-only"],
  ["src/core/evidence/a.ts", "../search/x.ts", "core-evidence-imports-down-only"],
  ["src/core/search/b.ts", "../../cli/x.ts", "core-search-imports-down-only"],
  ["src/core/delivery/a.ts", "../search/x.ts", "core-delivery-imports-down-only"],
  ["src/figures/a.ts", "d3-selection", "figures-imports-down-only"],
  ["src/figures/b.ts", "../core/model/x.ts", "figures-imports-down-only"],
  ["src/cli/a.ts", "../bridge/x.ts", "cli-imports-down-only"],
  ["src/cli/b.ts", "../../workers/x.ts", "cli-imports-down-only"],
  ["workers/a.ts", "../src/cli/x.ts", "workers-import-down-only"],
  ["src/bridge/a.ts", "../ui/x.ts", "bridge-imports-down-only"],
  ["src/ui/a.ts", "../core/model/x.ts", "ui-imports-down-only"],
  ["src/ui/b.ts", "../core/search/x.ts", "ui-imports-down-only"],
  ["src/ui/c.ts", "../core/kit/x.ts", "ui-imports-down-only"],
  ["src/ui/e.ts", "../core/delivery/x.ts", "ui-imports-down-only"],
  ["src/ui/d.ts", "../../workers/planner.worker.ts", "ui-imports-down-only"],
  ["src/main.ts", "./core/model/x.ts", "page-imports-down-only"],
  ["src/core/nowhere/a.ts", "../units/x.ts", "every-core-folder-has-its-wall"],
  ["src/core/units/b.ts", "./b.test.ts", "tests-are-imported-by-tests-alone"],
];

const ALLOWED: readonly (readonly [file: string, imports: string])[] = [
  ["src/core/domain/fine.ts", "../units/x.ts"],
  ["src/core/domain/schema.ts", "valibot"],
  ["src/core/model/fine.ts", "../tensors/x.ts"],
  ["src/core/link/fine.ts", "fflate"],
  ["src/core/search/fine.ts", "../model/x.ts"],
  ["src/figures/fine.ts", "d3-scale"],
  ["src/cli/fine.ts", "node:fs/promises"],
  ["src/ui/fine.ts", "../bridge/x.ts"],
  ["src/core/kit/some.test.ts", "../model/x.ts"],
];

let found: readonly { readonly from: string; readonly rule: string }[] = [];
let folder = "";

beforeAll(async () => {
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  folder = mkdtempSync(join(ROOT, ".cache", "walls-"));
  const plant = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const folders = [
    "units",
    "domain",
    "tensors",
    "catalog",
    "model",
    "kit",
    "link",
    "workload",
    "search",
    "evidence",
  ];
  for (const name of folders) plant(`src/core/${name}/x.ts`, "export interface X { readonly x: 1 }\n");
  for (const file of [
    "src/cli/x.ts",
    "src/bridge/x.ts",
    "src/ui/x.ts",
    "workers/x.ts",
    "workers/planner.worker.ts",
    "src/planner-data.ts",
    "src/core/units/b.test.ts",
  ]) {
    plant(file, "export interface X { readonly x: 1 }\n");
  }
  plant("src/core/units/circle-a.ts", 'import type { B } from "./circle-b.ts";\nexport type A = B;\n');
  plant("src/core/units/circle-b.ts", 'import type { A } from "./circle-a.ts";\nexport type B = A;\n');
  for (const [file, target] of [...FORBIDDEN, ...ALLOWED])
    plant(file, `import type { X } from "${target}";\nexport type Y = X;\n`);
  const { options, ...rules } = config as IConfiguration;
  const { tsConfig: _, ...rest } = options ?? {};
  const { output } = await cruise(["src", "workers"], {
    ...rest,
    baseDir: folder,
    validate: true,
    ruleSet: rules,
  });
  if (typeof output === "string") throw new Error(output);
  found = output.summary.violations.map(({ from, rule }) => ({ from, rule: rule.name }));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("import walls", () => {
  it.each(FORBIDDEN)("%s may not import %s", (file, _target, rule) => {
    expect(found).toContainEqual({ from: file, rule });
  });

  it.each(ALLOWED)("%s may import %s", (file) => {
    expect(found.filter(({ from }) => from === file)).toEqual([]);
  });

  it("a circle of types is a circle", () => {
    expect(found.map(({ rule }) => rule)).toContain("no-circles");
  });
});

describe("compiler walls", () => {
  const refusals = (world: string, file: string, text: string): string => {
    const name = `.cache/world-${world}.json`;
    writeFileSync(join(ROOT, ".cache", file), text);
    const project = { extends: `../tsconfig.${world}.json`, include: [`./${file}`], exclude: [] };
    writeFileSync(join(ROOT, name), JSON.stringify(project));
    try {
      execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", name], {
        cwd: ROOT,
        stdio: "pipe",
      });
      return "";
    } catch (error) {
      return String((error as { stdout: Buffer }).stdout);
    } finally {
      rmSync(join(ROOT, name));
      rmSync(join(ROOT, ".cache", file));
    }
  };

  it("core knows neither page nor Node", () => {
    const output = refusals(
      "core",
      "core-wall.ts",
      'document.title;\nprocess.cwd();\nimport "node:fs";\nexport {};\n',
    );
    expect(output).toContain("(1,1)");
    expect(output).toContain("(2,1)");
    expect(output).toContain("(3,8)");
  });

  it("workers know no page, the command line knows neither page nor worker", () => {
    expect(refusals("workers", "worker-wall.ts", "self.postMessage(1);\ndocument.title;\n")).toMatch(
      /^[^\n]*\(2,1\)[^\n]*\n[^(]*$/,
    );
    expect(refusals("node", "node-wall.ts", "process.cwd();\ndocument.title;\n")).toContain("(2,1)");
  });

  it("strictness holds: an index may miss, an absent field is not undefined", () => {
    const text = "export const a: number = [1][0];\nexport const b: { c?: number } = { c: undefined };\n";
    const output = refusals("core", "strict-wall.ts", text);
    expect(output).toContain("(1,14)");
    expect(output).toContain("(2,14)");
  });
});

describe("other gates", () => {
  const outputOf = (args: readonly string[], input?: string): string => {
    const result = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8", input });
    return result.status === 0 ? "" : result.stdout;
  };

  it("svelte-check sees a wrong type in a template and a wrong property of another component", () => {
    const folder = mkdtempSync(join(ROOT, ".cache", "svelte-wall-"));
    const child =
      '<script lang="ts">\n  const { size }: { size: number } = $props();\n</script>\n\n{size.toFixed(1)}\n';
    const parent =
      '<script lang="ts">\n  import Child from "./Child.svelte";\n</script>\n\n<Child size="big" />\n{"text".missing}\n';
    writeFileSync(join(folder, "Child.svelte"), child);
    writeFileSync(join(folder, "Parent.svelte"), parent);
    const project = { extends: "../../tsconfig.app.json", include: ["./*.svelte"], exclude: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
    const checker = "node_modules/svelte-check/bin/svelte-check";
    const output = outputOf([checker, "--output", "machine", "--tsconfig", join(folder, "tsconfig.json")]);
    rmSync(folder, { recursive: true });
    expect(output).toMatch(/ERROR "[^"]*Parent\.svelte" 5:/);
    expect(output).toMatch(/ERROR "[^"]*Parent\.svelte" 6:/);
  });

  it("the linter sees a clock, chance and a default export in core", () => {
    const text = [
      "export const now = Date.now();",
      "export const today = new Date();",
      "export const fixed = new Date(1980, 0, 1);",
      "export const chance = Math.random();",
      "console.log(now);",
      "export default chance;",
      "",
    ].join("\n");
    const linter = ["node_modules/eslint/bin/eslint.js", "--stdin", "--format", "json"];
    const output = outputOf([...linter, "--stdin-filename", "src/core/units/quantity.ts"], text);
    const [file] = JSON.parse(output) as { messages: { line: number; severity: number }[] }[];
    expect([...new Set(file?.messages.map(({ line }) => line))]).toEqual([1, 2, 4, 5, 6]);
  });
});
