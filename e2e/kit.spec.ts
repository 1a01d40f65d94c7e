import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, test } from "./site.ts";

const BUILT = join(import.meta.dirname, "..", "dist", "cli", "fathom.js");

/** The opening plan, and llama.cpp's Q4_K_M on 8 × A100, whose kit carries a conversion manifest. */
const PLANS = {
  "SGLang on 8 x H200": {},
  "llama.cpp Q4_K_M on 8 x A100": {
    weights: "gguf:Q4_K_M",
    engine: "llama.cpp",
    cluster: { accelerator: "a100-80-sxm", acceleratorsPerNode: 8, nodes: 1 },
    layout: { tp: 1, pp: 8 },
    workload: { inputTokens: 1024, outputTokens: 256, concurrency: 4 },
  },
};

const FINETUNING = {
  version: 1,
  goal: "finetune",
  model: "deepseek-v3-0324",
  framework: "ms-swift",
  cluster: { accelerator: "h200-sxm", acceleratorsPerNode: 8, nodes: 4 },
  data: { tokens: 40_000_000 },
  target: "slurm",
};

test("the archive of a fine-tuning has the same bytes in the page and on the command line", async ({
  page,
}) => {
  await sameBytes(page, run(["link", "-"], JSON.stringify(FINETUNING)).trim());
  await expect(page.getByTestId("kit")).toContainText("that fine-tune");
  await expect(page.getByTestId("kit")).toContainText("32 × H200 with ms-swift");
  const checks = page.getByTestId("preflight");
  await expect(checks).toContainText("8 × H200");
  await expect(checks).toContainText("GB free");
  await page.getByRole("button", { name: "preflight.sh" }).last().click();
  await expect(page.getByTestId("preview")).toContainText("Checks this node against the plan");
});

test("the Kit view shows the kit of the goal that is open, and its archive is the command line's", async ({
  page,
}) => {
  await page.goto("./#view=distill");
  await expect(page.getByTestId("figure-chain")).toBeVisible();
  await page.getByRole("link", { name: "Kit", exact: true }).click();
  await expect(page.getByTestId("kit")).toContainText("that let");
  await sameBytes(page, /#([^&]+)&view=kit/.exec(page.url())?.[1] ?? "no link");
});

for (const [name, changes] of Object.entries(PLANS)) {
  test(`the archive of ${name} has the same bytes in the page and on the command line`, async ({ page }) => {
    const example = JSON.parse(run(["open", "1.AKOmv0N7fQ"])) as object;
    await sameBytes(page, run(["link", "-"], JSON.stringify({ ...example, ...changes })).trim());
  });
}

function run(args: readonly string[], input = ""): string {
  return execFileSync(process.execPath, [BUILT, ...args], { input, encoding: "utf8" });
}

async function sameBytes(page: Page, link: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fathom-zip-"));
  try {
    const zip = join(folder, "kit.zip");
    run(["kit", link, "--zip", zip]);

    await page.goto(`./#${link}&view=kit`);
    const button = page.getByTestId("download-kit");
    await expect(button).toBeEnabled();
    const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
    expect(readFileSync(await download.path()).equals(readFileSync(zip))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
