import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";

/** The built command line as a process: what `npx fathom` runs. No browser is started. */
const ROOT = join(import.meta.dirname, "..");
const BUILT = join(ROOT, "dist", "cli", "fathom.js");
const run = promisify(execFile);

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function fathom(...args: string[]): Promise<Answer> {
  try {
    const { stdout, stderr } = await run(process.execPath, [BUILT, ...args], { maxBuffer: 1e9 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Answer;
  }
}

/** The opening plan as a link of version 1; that it stays readable is part of the test. */
const LINK = "1.AKOmv0N7fQ";

test("evaluates a link, alone and from any folder", async () => {
  const { code, stdout, stderr } = await fathom("evaluate", LINK, "--json");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ fits: true, infeasible: [] });
  const elsewhere = await run(process.execPath, [BUILT, "evaluate", LINK, "--json"], { cwd: tmpdir() });
  expect(elsewhere.stdout).toBe(stdout);
});

test("prints big answers whole, also into a pipe", async () => {
  const { stdout } = await fathom("manifest", "--weights", "gguf:Q4_K_M", "--json");
  expect((JSON.parse(stdout) as { tensors: unknown[] }).tensors).toHaveLength(1086);
  const shell = `"${process.execPath}" "${BUILT}" manifest --weights gguf:Q4_K_M --json | head -n 2`;
  const head = await run("bash", ["-o", "pipefail", "-c", shell]);
  expect(head.stderr).toBe("");
});

test("answers bad input with one line and 2", async () => {
  const { code, stdout, stderr } = await fathom("open", LINK.slice(0, -1));
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^link: [^\n]+\n$/);
});

test("writes a kit whose hashes hold", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fathom-kit-"));
  try {
    expect((await fathom("kit", LINK, "--out", join(folder, "kit"))).code).toBe(0);
    const kit = JSON.parse(readFileSync(join(folder, "kit", "kit.json"), "utf8")) as {
      link: string;
      files: Record<string, { sha256: string }>;
    };
    expect(kit.link).toContain(LINK);
    expect(Object.keys(kit.files).length).toBeGreaterThan(5);
    for (const [path, { sha256 }] of Object.entries(kit.files)) {
      const bytes = readFileSync(join(folder, "kit", path));
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
    }
    const scripts = await run(
      "bash",
      ["-c", 'find . -name "*.sh" -print0 | xargs -0 -n1 bash -n && ls *.sh'],
      {
        cwd: join(folder, "kit"),
      },
    );
    expect(scripts.stdout).toContain("preflight.sh");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("is found by npx in the checkout", async () => {
  const { stdout } = await run("npx", ["--no-install", "fathom", "--version"], { cwd: ROOT });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
