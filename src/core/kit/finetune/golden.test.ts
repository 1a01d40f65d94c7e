/** Goldens of fine-tuning kits, as those of serving kits: `npm run golden` writes them anew; read the diff. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { GOLDEN_CASES, kitOf } from "./testing/cases.ts";

const golden = fileURLToPath(new URL("../golden/", import.meta.url));

const listFiles = (folder: string): string[] =>
  !existsSync(folder)
    ? []
    : readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .sort();

describe.each(GOLDEN_CASES)("$name", ({ name, plan }) => {
  const folder = join(golden, name);
  const kit = kitOf(plan);

  if (process.env["GOLDEN"] === "update") {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "plan.json"), `${JSON.stringify(plan, null, 2)}\n`);
    for (const { path, text, executable } of kit.files) {
      mkdirSync(dirname(join(folder, "out", path)), { recursive: true });
      writeFileSync(join(folder, "out", path), text, { mode: executable ? 0o755 : 0o644 });
    }
  }

  it("compiles the golden plan to the golden's files", () => {
    expect(JSON.parse(readFileSync(join(folder, "plan.json"), "utf8"))).toEqual(plan);
    expect(kit.files.map(({ path }) => path)).toEqual(listFiles(join(folder, "out")));
    for (const { path, text } of kit.files)
      expect(text, path).toBe(readFileSync(join(folder, "out", path), "utf8"));
  });
});
