import { expect, expectCleanAt, test } from "./site.ts";

test("a serving plan's cluster is where fine-tuning starts, and the address carries the run", async ({
  page,
}) => {
  await page.goto("./");
  await page.getByRole("link", { name: "Fine-tune" }).click();
  await expect(page).toHaveTitle("Fine-tune · Fathom");
  const sentence = page.getByTestId("finetune-sentence");
  await expect(sentence.getByTestId("noun-model")).toHaveValue("deepseek-v3-0324");
  await expect(sentence.getByTestId("noun-accelerator")).toHaveValue("h200-sxm");
  await expect(page.getByTestId("verdict-word")).toBeVisible();
  await sentence.getByTestId("noun-rank").selectOption("32");
  await expect.poll(() => page.url()).toContain("view=finetune");
  const address = page.url();
  await page.reload();
  await expect(sentence.getByTestId("noun-rank")).toHaveValue("32");
  expect(page.url()).toBe(address);
});

test("undo, back and forward walk over plans of both goals", async ({ page }) => {
  await page.goto("./#view=finetune");
  const rank = page.getByTestId("noun-rank");
  await rank.selectOption("64");
  await expect(rank).toHaveValue("64");
  await page.getByRole("link", { name: "Plan", exact: true }).click();
  await expect(page.getByTestId("sentence")).toContainText("Serve");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByTestId("noun-rank")).toHaveValue("16");
  await page.goBack();
  await expect(page.getByTestId("sentence")).toContainText("Serve");
  await page.goBack();
  await expect(page.getByTestId("noun-rank")).toHaveValue("64");
});

test("a link without a view opens the run where it is at home", async ({ page, context }) => {
  await page.goto("./#view=finetune");
  await page.getByTestId("noun-rank").selectOption("8");
  await expect.poll(() => page.url()).toMatch(/#1\.[A-Za-z0-9_-]{12,}/);
  const link = new URL(page.url()).hash.slice(1).split("&")[0] ?? "";
  const other = await context.newPage();
  await other.goto(`./#${link}`);
  await expect(other.getByTestId("noun-rank")).toHaveValue("8");
  await expect(other).toHaveTitle("Fine-tune · Fathom");
});

test("the claim of QLoRA on 4 x A100 is refused with what is missing, and methods that fit stand beside it", async ({
  page,
}) => {
  await page.goto("./#view=finetune");
  await page.getByTestId("noun-count").selectOption("4");
  await page.getByTestId("noun-accelerator").selectOption("a100-80-sxm");
  await page.getByTestId("noun-method").selectOption("qlora/nf4");
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
  await page.getByTestId("noun-method").selectOption("full/bf16");
  await expect(verdict).toContainText("two checkpoints");
});

test("a preset starts a run, fields edit it, and its kit runs on Kubernetes", async ({ page }) => {
  await page.goto("./#view=finetune");
  await page.getByTestId("finetune-presets").click();
  await page.getByRole("menuitem", { name: /4 nodes of 8 × H200/ }).click();
  await expect(page.getByTestId("noun-framework")).toHaveValue("ms-swift");
  await page.getByTestId("finetune-all-fields").click();
  const fields = page.getByTestId("finetune-fields");
  await fields.locator('[data-path="adapters.ranks.kv_b"]').fill("");
  await fields.locator('[data-path="adapters.ranks.kv_b"]').press("Enter");
  await expect(page.getByTestId("noun-targets")).toHaveValue("own");
  await fields.locator('[data-path="layout.pp"]').fill("3");
  await fields.locator('[data-path="layout.pp"]').press("Enter");
  await expect(page.getByTestId("finetune-verdict")).toContainText("does not divide 32 accelerators");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByTestId("verdict-word")).toHaveText("Fits");
  await page.getByRole("link", { name: "Kit", exact: true }).click();
  await page.getByRole("tab", { name: "Kubernetes" }).click();
  await expect(page.locator('[data-file="train/kubernetes/train.yaml"]')).toBeVisible();
});

test("axe finds nothing and nothing scrolls sideways, light and dark, phone and desktop", async ({
  page,
}) => {
  await page.goto("./#view=finetune");
  await expect(page.getByTestId("figure-methods")).toBeVisible();
  await expect(page.getByTestId("figure-sensitivity")).toBeVisible();
  await expectCleanAt(page, [360, 1440]);
});
