import type { Page } from "@playwright/test";
import { expect, expectCleanAt, expectExplained, test } from "./site.ts";

/** As by keyboard: a press on the row would keep it. */
async function tryChoice(page: Page, name: string): Promise<void> {
  await page.getByRole("radio", { name, exact: true }).focus();
  await page.keyboard.press("Space");
}

test.beforeEach(async ({ page }) => {
  await page.goto("./#view=distill");
  await expect(page.getByTestId("figure-chain")).toBeVisible();
});

test("the whole chain stands on one page, and a noun tries, keeps and takes back a choice", async ({
  page,
}) => {
  await test.step("each figure under its finding", async () => {
    await expect(page.getByTestId("distill-sentence")).toContainText("into Qwen3-8B with 100K prompts");
    await expect(page.getByTestId("distill-word")).toHaveText("Works");
    await expect(page.getByTestId("figure-chain")).toContainText("The whole chain takes");
    await expect(page.getByTestId("figure-chain")).toContainText("Student learns");
    await expect(page.getByTestId("figure-teacher")).toContainText("Serving the teacher costs $");
    await expect(page.getByTestId("figure-student")).toContainText("8,190,735,360 of 8,190,735,360");
    await expect(page.getByTestId("devices").locator("[data-device=iphone-17-pro]")).toContainText("10.6");
    await expect(page.getByTestId("figure-files").locator("[data-type=Q4_K_M]")).toContainText("5.02");
    await expect(page.getByTestId("figure-break-even")).toContainText("paid for itself after");
  });
  await test.step("the verdict's figures carry their basis, each a button that opens how it is computed", async () => {
    const verdict = page.getByTestId("distill-verdict");
    for (const id of ["metric-chain-cost", "metric-chain-time", "metric-learns", "metric-edge"])
      await expect(verdict.getByTestId(id)).toContainText(
        /calibrated|extrapolated|assumed|measured|interpolated/,
      );
    await expect(verdict.getByRole("button")).toHaveCount(6);
  });
  await test.step("a noun tries a choice, Escape puts it back, Enter keeps it, undo takes it back", async () => {
    const sentence = page.getByTestId("distill-sentence");
    await page.getByTestId("distill-student").click();
    await tryChoice(page, "Qwen3-4B");
    await expect(sentence).toContainText("Qwen3-4B");
    await page.keyboard.press("Escape");
    await expect(sentence).toContainText("Qwen3-8B");
    await page.getByTestId("distill-student").click();
    await tryChoice(page, "Qwen3-4B");
    await page.keyboard.press("Enter");
    await expect(sentence).toContainText("Qwen3-4B");
    await expect(page.getByTestId("figure-student")).toContainText("4,022,468,096");
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(sentence).toContainText("Qwen3-8B");
  });
});

test("a link brings the same numbers, and the serving plan keeps its own", async ({ page, context }) => {
  await page.getByTestId("distill-samples").click();
  await page.getByTestId("amount").fill("800K");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("distill-sentence")).toContainText("800K prompts");
  await expect(page.getByTestId("figure-teacher")).toContainText("800,000, ");
  const cost = await page.getByTestId("metric-chain-cost").innerText();
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByTestId("distill-sentence")).toContainText("800K prompts");
  await expect.poll(() => other.getByTestId("metric-chain-cost").innerText()).toBe(cost);
  await other.getByRole("link", { name: "Plan", exact: true }).click();
  await expect(other.getByTestId("sentence")).toContainText("Serve");
});

test("a device too small says by how much, and a smaller file mends it", async ({ page }) => {
  await page
    .getByTestId("devices")
    .getByRole("button", { name: /iPhone 16 Pro/ })
    .click();
  await expect(page.getByTestId("distill-word")).toHaveText("Does not work");
  await expect(page.getByTestId("distill-reason").first()).toContainText("is short of");
  await page.getByTestId("distill-student").click();
  await tryChoice(page, "Qwen3-1.7B");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("distill-word")).toHaveText("Works");
});

test("the search offers teachers, and one can be taken", async ({ page }) => {
  await page.getByTestId("find-teachers").click();
  const found = page.getByTestId("found-teachers");
  await expect(found.getByRole("button", { name: "Apply" }).first()).toBeVisible({ timeout: 60_000 });
  await expect(found).toContainText("candidates tried");
  const before = page.url();
  await found.getByRole("button", { name: "Apply" }).first().click();
  await expect(page.getByTestId("figure-chain")).toBeVisible();
  expect(page.url()).not.toBe(before);
});

test("fields: a judge joins the chain; a config.json brings a student, or says which field it lacks", async ({
  page,
}) => {
  await page.getByTestId("distill-all-fields").click();
  await page.getByLabel("The teacher judges every answer").check();
  await expect(page.getByTestId("figure-chain")).toContainText("Teacher judges");
  const config = {
    ...{ model_type: "qwen3", hidden_size: 2048, intermediate_size: 6144, num_hidden_layers: 28 },
    ...{ num_attention_heads: 16, num_key_value_heads: 8, head_dim: 128, vocab_size: 151936 },
    ...{ max_position_embeddings: 40960, tie_word_embeddings: true },
  };
  const file = (value: unknown) => ({
    name: "mine.json",
    mimeType: "application/json",
    buffer: Buffer.from(JSON.stringify(value)),
  });
  await page.getByTestId("import-config").setInputFiles(file({ ...config, vocab_size: undefined }));
  await expect(page.getByTestId("import-fault")).toContainText("vocab_size: required, and missing");
  await page.getByTestId("import-config").setInputFiles(file(config));
  await expect(page.getByTestId("distill-sentence")).toContainText("into mine");
  await expect(page.getByTestId("figure-student")).toContainText("1,720,574,976");
});

test("a preset starts a chain whose teacher judges, and the kit calls the student by its name", async ({
  page,
}) => {
  await page.getByTestId("distill-presets").click();
  await page.getByRole("menuitem", { name: /The teacher judges/ }).click();
  await expect(page.getByTestId("figure-chain")).toContainText("Teacher judges");
  await page.getByRole("link", { name: "Kit", exact: true }).click();
  await expect(page.getByTestId("kit")).toContainText("teach Qwen3-8B from");
});

test("every number of the verdict says how it is computed", async ({ page }) => {
  await expectExplained(page, "distill-verdict", 6);
});

test("axe finds nothing and nothing scrolls sideways, light and dark, phone and desktop", async ({
  page,
}) => {
  await expectCleanAt(page, [390, 1440]);
});
