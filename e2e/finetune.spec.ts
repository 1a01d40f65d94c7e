import type { Page } from "@playwright/test";
import { expect, expectCleanAt, expectExplained, test } from "./site.ts";

const noun = (page: Page, id: string) => page.getByTestId(`noun-${id}`);

async function choose(page: Page, id: string, choice: string): Promise<void> {
  await noun(page, id).click();
  await page.getByTestId(`popover-${id}`).locator(`tr[data-choice="${choice}"]`).click();
  await expect(page.getByTestId(`popover-${id}`)).toBeHidden();
}

test("a serving plan's cluster is where fine-tuning starts, and the address carries the run", async ({
  page,
}) => {
  await page.goto("./");
  await page.getByRole("link", { name: "Fine-tune" }).click();
  await expect(page).toHaveTitle("Fine-tune · Fathom");
  await expect(noun(page, "model")).toHaveText("DeepSeek-V3-0324");
  await expect(noun(page, "accelerator")).toHaveText("H200");
  await expect(page.getByTestId("verdict-word")).toBeVisible();
  await choose(page, "rank", "32");
  await expect.poll(() => page.url()).toContain("view=finetune");
  const address = page.url();
  await page.reload();
  await expect(noun(page, "rank")).toHaveText("32");
  expect(page.url()).toBe(address);
});

test("undo, back and forward walk over plans of both goals", async ({ page }) => {
  await page.goto("./#view=finetune");
  await choose(page, "rank", "64");
  await expect(noun(page, "rank")).toHaveText("64");
  await page.getByRole("link", { name: "Plan", exact: true }).click();
  await expect(page.getByTestId("sentence")).toContainText("Serve");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(noun(page, "rank")).toHaveText("16");
  await page.goBack();
  await expect(page.getByTestId("sentence")).toContainText("Serve");
  await page.goBack();
  await expect(noun(page, "rank")).toHaveText("64");
});

test("a link without a view opens the run where it is at home", async ({ page, context }) => {
  await page.goto("./#view=finetune");
  await choose(page, "rank", "8");
  await expect.poll(() => page.url()).toMatch(/#1\.[A-Za-z0-9_-]{12,}/);
  const link = new URL(page.url()).hash.slice(1).split("&")[0] ?? "";
  const other = await context.newPage();
  await other.goto(`./#${link}`);
  await expect(noun(other, "rank")).toHaveText("8");
  await expect(other).toHaveTitle("Fine-tune · Fathom");
});

test("the claim of QLoRA on 4 x A100 is refused with what is missing, and methods that fit stand beside it", async ({
  page,
}) => {
  await page.goto("./#view=finetune");
  await choose(page, "count", "4");
  await choose(page, "accelerator", "a100-80-sxm");
  await choose(page, "method", "qlora/nf4");
  await expect(page.getByTestId("verdict-word")).toHaveText("Does not fit");
  await expect(page.getByTestId("finetune-verdict")).toContainText(/GPU 0 is short of [\d.]+.GiB/);
  const methods = page.getByTestId("figure-methods");
  await expect(methods).toContainText("KTransformers");
  await methods.getByRole("button", { name: "QLoRA in INT4" }).click();
  await expect(page.getByTestId("verdict-word")).toHaveText("Fits");
});

test("the result opens as a serving plan", async ({ page }) => {
  await page.goto("./#view=finetune");
  await page.getByRole("button", { name: "Open as a serving plan" }).click();
  await expect(page.getByTestId("sentence")).toContainText("Q4_K_M");
  await expect(page).toHaveTitle("Plan · Fathom");
});

test("what a run leaves on disk is named: adapters, or both checkpoints of full fine-tuning", async ({
  page,
}) => {
  await page.goto("./#view=finetune");
  const verdict = page.getByTestId("finetune-verdict");
  await expect(verdict).toContainText("adapters");
  await choose(page, "method", "full/bf16");
  await expect(verdict).toContainText("two checkpoints");
});

test("a preset starts a run, fields edit it, and its kit runs on Kubernetes", async ({ page }) => {
  await page.goto("./#view=finetune");
  await page.getByTestId("finetune-presets").click();
  await page.getByRole("menuitem", { name: /4 nodes of 8 × H200/ }).click();
  await expect(noun(page, "framework")).toContainText("ms-swift");
  await page.getByTestId("finetune-all-fields").click();
  const fields = page.getByTestId("finetune-fields");
  await fields.locator('[data-path="adapters.ranks.kv_b"]').fill("");
  await fields.locator('[data-path="adapters.ranks.kv_b"]').press("Enter");
  await expect(noun(page, "targets")).toHaveText("chosen matrices");
  await fields.locator('[data-path="layout.pp"]').fill("3");
  await fields.locator('[data-path="layout.pp"]').press("Enter");
  await expect(page.getByTestId("finetune-verdict")).toContainText("does not divide 32 accelerators");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByTestId("verdict-word")).toHaveText("Fits");
  await page.getByRole("link", { name: "Kit", exact: true }).click();
  await page.getByRole("tab", { name: "Kubernetes" }).click();
  await expect(page.locator('[data-file="train/kubernetes/train.yaml"]')).toBeVisible();
});

test("every number of the verdict says how it is computed", async ({ page }) => {
  await page.goto("./#view=finetune");
  await expectExplained(page, "finetune-verdict", 6);
});

test("axe finds nothing and nothing scrolls sideways, light and dark, phone and desktop", async ({
  page,
}) => {
  await page.goto("./#view=finetune");
  await expect(page.getByTestId("figure-methods")).toBeVisible();
  await expect(page.getByTestId("figure-sensitivity")).toBeVisible();
  await expectCleanAt(page, [360, 1440]);
});
