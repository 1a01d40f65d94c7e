/**
 * Goldens: golden/<case>/plan.json and the whole output under out/. `npm run golden` (GOLDEN=update)
 * writes them anew; read the diff before committing it.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { KIT_CASES } from "./fixtures/cases.ts";
import { kitOf } from "./fixtures/compile-case.ts";
import { POOL_CASES, POOL_TARGET_CASES } from "./fixtures/pool-cases.ts";
import { TARGET_CASES } from "./fixtures/target-cases.ts";

const golden = fileURLToPath(new URL("./golden/", import.meta.url));
const update = process.env["GOLDEN"] === "update";

function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

describe.each([...KIT_CASES, ...TARGET_CASES, ...POOL_CASES, ...POOL_TARGET_CASES])("$name", (kitCase) => {
  const folder = join(golden, kitCase.name);
  const kit = kitOf(kitCase);

  if (update) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "plan.json"), `${JSON.stringify(kitCase.plan, null, 2)}\n`);
    for (const file of kit.files) {
      const path = join(folder, "out", file.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file.text);
      chmodSync(path, file.executable ? 0o755 : 0o644);
    }
  }

  it("compiles the golden plan", () => {
    expect(JSON.parse(readFileSync(join(folder, "plan.json"), "utf8"))).toEqual(kitCase.plan);
  });

  it("has exactly the golden's files", () => {
    expect(kit.files.map((file) => file.path)).toEqual(listFiles(join(folder, "out")));
  });

  it.each(kit.files)("$path is the golden's", (file) => {
    expect(file.text).toBe(readFileSync(join(folder, "out", file.path), "utf8"));
  });
});
