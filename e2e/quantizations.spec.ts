import { expect, expectCleanAt, test } from "./site.ts";

test.beforeEach(async ({ page }) => {
  await page.goto("./#view=quantizations");
  await expect(page.getByTestId("figure-mix")).toBeVisible();
});

test("the formats are read: both families, by keyboard, all types, and the mix of one", async ({ page }) => {
  await test.step("both families stand side by side, with the engine change stated", async () => {
    const table = page.getByTestId("formats");
    await expect(table).toContainText("Checkpoint formats, under SGLang as in this plan");
    await expect(table).toContainText("GGUF types, with the engine changed from SGLang to llama.cpp");
    const fp8 = table.locator("tr[data-weights=fp8]");
    await expect(fp8).toContainText("this plan");
    await expect(fp8).toContainText("626.9");
    const q4 = table.locator('tr[data-weights="gguf:Q4_K_M"]');
    await expect(q4).toContainText("4.82");
    await expect(q4).toContainText("376.7");
    await expect(q4).toContainText("not published");
    await expect(table.locator('tr[data-weights="gguf:Q8_0"]')).toContainText("reference");
    await expect(table.locator("tr[data-weights=bf16]")).toContainText("short of");
    await expect(table.locator("tr[data-weights=nvfp4]")).toContainText("Blackwell");
  });
  await test.step("J and K walk the formats", async () => {
    const table = page.getByTestId("formats");
    await table.getByRole("button", { name: "FP8", exact: true }).focus();
    await page.keyboard.press("j");
    await expect(table.locator("tr.sel")).not.toContainText("FP8 ");
    const next = await table.locator("tr.sel").getAttribute("data-weights");
    await expect(page.getByTestId("picked")).toBeVisible();
    await page.keyboard.press("k");
    await expect(table.locator("tr.sel")).toHaveAttribute("data-weights", "fp8");
    expect(next).not.toBe("fp8");
  });
  await test.step("all types are one press away", async () => {
    const rows = page.getByTestId("formats").locator("tr[data-weights]");
    const before = await rows.count();
    await page.getByRole("button", { name: /^All \d+ formats/ }).click();
    expect(await rows.count()).toBeGreaterThan(before + 20);
    await expect(page.getByTestId("formats").locator('tr[data-weights="gguf:Q4_0"]')).toBeVisible();
  });
  await test.step("a chosen type shows its mix to the byte", async () => {
    await page.getByTestId("formats").getByRole("button", { name: "Q4_K_M", exact: true }).click();
    await expect(page.getByTestId("figure-mix")).toContainText(
      "97.4 % of Q4_K_M is routed experts; ffn_down is q6_K in",
    );
    await expect(page.getByTestId("mix-tables")).toContainText("404,488,847,360 bytes of tensors");
    await expect(page.getByTestId("mix-tables").locator("tr", { hasText: "q6_K" }).first()).toContainText(
      "20.9 %",
    );
    await page.getByTestId("figure-mix").getByRole("button", { name: "Table" }).click();
    await expect(page.getByTestId("figure-mix").locator("tbody tr")).toHaveCount(174 + 7);
  });
});

test("Use this sets the plan, undo takes it back, and the plan view agrees", async ({ page }) => {
  const table = page.getByTestId("formats");
  const q4 = table.locator('tr[data-weights="gguf:Q4_K_M"]');
  await q4.getByRole("button", { name: "Use Q4_K_M" }).click();
  await expect(q4).toContainText("this plan");
  await expect(table).toContainText("GGUF types, under llama.cpp as in this plan");
  const speed = /^[\d.]+/.exec((await q4.locator("td").nth(6).innerText()).trim())?.[0] ?? "no speed";
  await page.getByRole("link", { name: "Plan", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Q4_K_M");
  await expect(page.getByTestId("verdict-word")).toContainText("Fits");
  await expect(page.getByTestId("metric-user")).toContainText(speed);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("FP8");
});

test("axe finds nothing and nothing scrolls sideways, light and dark, phone and desktop", async ({
  page,
}) => {
  await expectCleanAt(page, [390, 1440]);
});
