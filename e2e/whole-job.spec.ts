import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Page } from "@playwright/test";
import { unzipSync } from "fflate";
import { runJobs } from "../test/llama-cpp/dry-run.mjs";
import { writeSparseGguf } from "../test/llama-cpp/sparse-gguf.mjs";
import type { GgufManifest } from "../src/core/domain/tensor.ts";
import { DEEPSEEK_V3 as architecture } from "../src/core/tensors/deepseek-v3.fixture.ts";
import { expect, test } from "./site.ts";

/** What `gguf` writes for the types that Q4_K_M and its source use. */
const TYPE_IDS: Readonly<Record<string, number>> = { f32: 0, q5_0: 6, q4_K: 12, q6_K: 14, bf16: 30 };

/**
 * Everything the page says of a plan that fits; whitespace apart, since layout is no part of the answer.
 * The frontier and the levers arrive after the verdict: without them the page has not said everything.
 */
async function numbersOf(page: Page): Promise<string> {
  await expect(page.getByTestId("verdict-word")).toBeVisible();
  await expect(page.getByTestId("figure-frontier")).toBeVisible();
  await expect(page.getByTestId("levers")).toBeVisible();
  await expect(page.locator("[aria-busy=true], .stale, .stale-figure")).toHaveCount(0);
  return (await page.getByRole("main").innerText()).replaceAll(/\s+/g, " ");
}

async function choose(page: Page, noun: string, choice: string): Promise<void> {
  await page.getByTestId(`noun-${noun}`).click();
  const popover = page.getByTestId(`popover-${noun}`);
  await popover.locator(`tr[data-choice^="${choice}"]`).first().click();
  await expect(popover).toBeHidden();
}

/** Unpacks an archive as `unzip` would, execute bits included, and returns the kit's folder. */
function unpack(zip: Buffer, into: string): { folder: string; paths: string[] } {
  const entries = Object.entries(unzipSync(zip));
  for (const [path, content] of entries) {
    const file = join(into, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    if (path.endsWith(".sh")) chmodSync(file, 0o755);
  }
  const paths = entries.map(([path]) => path);
  return { folder: join(into, (paths[0] ?? "").split("/")[0] ?? ""), paths };
}

async function downloadKit(page: Page, into: string): Promise<{ folder: string; paths: string[] }> {
  const button = page.getByTestId("download-kit");
  await expect(button).toBeEnabled();
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  expect(download.suggestedFilename()).toMatch(/\.zip$/);
  return unpack(readFileSync(await download.path()), into);
}

function checkScripts(kit: { folder: string; paths: string[] }, into: string): void {
  const scripts = kit.paths.filter((path) => path.endsWith(".sh"));
  expect(scripts.length).toBeGreaterThan(4);
  for (const script of scripts) execFileSync("bash", ["-n", join(into, script)]);
  const { files } = JSON.parse(readFileSync(join(kit.folder, "kit.json"), "utf8")) as {
    files: Record<string, { sha256: string }>;
  };
  expect(Object.keys(files)).toHaveLength(kit.paths.length - 1);
  for (const [path, { sha256 }] of Object.entries(files)) {
    const content = readFileSync(join(kit.folder, path));
    expect(createHash("sha256").update(content).digest("hex"), path).toBe(sha256);
  }
}

/** Files of full size without content, typed as llama.cpp itself types them, split as the manifest says. */
async function quantizedAsLlamaDoes(manifest: GgufManifest, models: string): Promise<void> {
  const source = join(models, "source.gguf");
  const full = manifest.tensors.map(({ name, shape }) => {
    const type = shape.length === 1 || /_norm|ffn_gate_inp|exp_probs/.test(name) ? "f32" : "bf16";
    const elements = shape.reduce((product, axis) => product * axis, 1);
    return { name, shape, typeId: TYPE_IDS[type] ?? -1, bytes: elements * (type === "f32" ? 4 : 2) };
  });
  writeSparseGguf(source, { architecture, mtpLayer: false, tensors: full });
  const [dryRun] = await runJobs(source, [{ type: "Q4_K_M", imatrix: false }]);
  const typed = new Map(dryRun?.tensors.map(([name, type, bytes]) => [name, { type, bytes }]));
  manifest.splits.forEach(({ file }, index) => {
    const tensors = manifest.tensors
      .filter(({ split }) => split === index + 1)
      .map(({ name, shape }) => {
        const { type, bytes } = typed.get(name) ?? { type: "unknown", bytes: 0 };
        return { name, shape, typeId: TYPE_IDS[type] ?? -1, bytes };
      });
    writeSparseGguf(join(models, file), { architecture, mtpLayer: false, tensors });
  });
  rmSync(source);
}

test("open, edit, decide, share, download: the numbers and the files are the same for both", async ({
  page,
  browser,
  baseURL,
}) => {
  await page.goto("./");
  await expect(page.getByTestId("verdict-word")).toHaveText("Fits");
  const opening = await numbersOf(page);

  await choose(page, "accelerators", "h100-sxm");
  await expect(page.getByTestId("verdict-word")).toHaveText("Does not fit");
  await page.getByTestId("use-closest").click();
  await expect(page.getByTestId("verdict-word")).toHaveText("Fits");

  await page.getByTestId("noun-users").click();
  await page.getByTestId("amount").fill("128");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("noun-users")).toContainText("128");
  const decided = await numbersOf(page);
  expect(decided).not.toBe(opening);

  await page.getByTestId("copy-link").click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link.startsWith(`${baseURL}/`)).toBe(true);
  expect(link.length).toBeLessThan(400);

  const elsewhere = await browser.newContext({ acceptDownloads: true });
  const colleague = await elsewhere.newPage();
  await colleague.goto(link);
  expect(await numbersOf(colleague)).toBe(decided);

  const into = mkdtempSync(join(tmpdir(), "fathom-job-"));
  try {
    await colleague.getByRole("link", { name: "Kit" }).click();
    const kit = await downloadKit(colleague, into);
    checkScripts(kit, into);
    expect(readFileSync(join(kit.folder, "kit.json"), "utf8")).toContain(link.split("#")[1] ?? "no link");
  } finally {
    await elsewhere.close();
    rmSync(into, { recursive: true, force: true });
  }
});

test("a GGUF kit verifies what llama.cpp makes of the model, and refuses anything else", async ({ page }) => {
  test.skip(process.platform !== "linux" || process.arch !== "x64", "llama.cpp's library is for linux-x64");
  test.slow();
  await page.goto("./");
  await page.getByTestId("presets").click();
  await page.getByRole("menuitem", { name: /8 × A100 80 GB, Q4_K_M/ }).click();
  await expect(page.getByTestId("verdict-word")).toHaveText("Fits");
  await page.getByRole("link", { name: "Kit" }).click();
  const into = mkdtempSync(join(tmpdir(), "fathom-gguf-"));
  try {
    const kit = await downloadKit(page, into);
    checkScripts(kit, into);
    const models = join(into, "models");
    mkdirSync(models);
    const env = join(kit.folder, "serve", "env");
    writeFileSync(env, readFileSync(env, "utf8").replace(/^MODEL_DIR=.*$/m, `MODEL_DIR=${models}`));
    const manifest = JSON.parse(
      readFileSync(join(kit.folder, "convert", "manifest.json"), "utf8"),
    ) as GgufManifest;
    expect(manifest.tensors).toHaveLength(1086);
    await quantizedAsLlamaDoes(manifest, models);

    const verify = () =>
      execFileSync("bash", [join(kit.folder, "convert", "verify.sh")], { encoding: "utf8" });
    expect(verify()).toContain("PASS  1086 of 1086 tensors");

    const last = manifest.splits.at(-1)?.file ?? "";
    writeFileSync(join(models, basename(last)), "GGUF cut short");
    expect(verify).toThrow(/Command failed/);
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
});
