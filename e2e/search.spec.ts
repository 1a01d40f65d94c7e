import type { Page } from "@playwright/test";
import { expect, expectCleanAt, pagesOf, test } from "./site.ts";

const PHONE = { width: 390, height: 844 };

async function open(page: Page, hash = "#view=search"): Promise<void> {
  await page.goto(`/${hash}`);
  await expect(page.getByTestId("search-sentence")).toBeVisible();
}

const status = (page: Page) => page.getByTestId("search-status");

async function finished(page: Page): Promise<void> {
  await expect(status(page)).toHaveAttribute("data-state", "finished", { timeout: 60_000 });
}

/** The row's number as the page shows it. */
const count = async (page: Page, testid: string): Promise<number> =>
  Number((await page.getByTestId(testid).innerText()).replaceAll(",", ""));

async function say(page: Page, noun: string, text: string): Promise<void> {
  await page.getByTestId(`find-${noun}`).click();
  const popover = page.getByTestId(`find-popover-${noun}`);
  await popover.getByRole("textbox").fill(text);
  await page.keyboard.press("Enter");
  await expect(popover).toBeHidden();
}

/** Small enough to be through at once: one kind of accelerator. */
const SMALL =
  "#view=search&find=1~by:cheapest~m:deepseek-v3-0324~u:64~i:1024~o:1024~ttft:2000~tpot:50~gpu:h200-sxm";

test("a search from the plan's workload finds plans, and says why the rest fell", async ({ page }) => {
  await open(page);
  await expect(page.getByTestId("search-sentence")).toHaveText(
    /Find the cheapest way to serve DeepSeek-V3-0324 to 64 or more users sending 1K and getting 1K tokens, each at ≥ 20 tok\/s, first token in ≤ 2 s, for any price on any hardware\./,
  );
  await finished(page);
  const tried = await count(page, "tried");
  const fell = await page.getByTestId("fall-count").allInnerTexts();
  expect(fell.length).toBeGreaterThan(3);
  expect(fell.map((text) => Number(text.replaceAll(",", ""))).reduce((a, b) => a + b)).toBe(tried);
  expect(await count(page, "feasible")).toBeGreaterThan(1000);
  await expect(page.getByTestId("figure-front").getByRole("heading")).toContainText("is cheapest");
  await expect(page.getByTestId("result-row").first()).toContainText("–");

  await test.step("the table stays whole while it is scrolled to its end", async () => {
    const scroller = page.getByTestId("results-scroller");
    await scroller.focus();
    await page.keyboard.press("End");
    const total = (await page.getByTestId("result-count").innerText()).replace(/ plans.*/, "");
    await expect(page.getByTestId("result-row").last().locator("td").first()).toHaveText(total);
    await expect(page.getByTestId("result-row").last()).not.toContainText("…");
    expect(await page.getByTestId("result-row").count()).toBeLessThan(60);
  });
  await test.step("on paper are the rows that are drawn, not the room of all", async () => {
    expect(pagesOf(await page.pdf({ format: "A4" }))).toBeLessThan(6);
  });
});

test("a search is cancelled halfway and keeps what it found; the next one runs to its end", async ({
  page,
}) => {
  await open(page, "#view=search&find=1~by:fastest~m:deepseek-v3-0324~u:1~i:1024~o:1024");
  await expect(page.getByTestId("figure-front")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(status(page)).toHaveAttribute("data-state", "stopped");
  const tried = await count(page, "tried");
  expect(tried).toBeGreaterThan(0);
  const fell = await page.getByTestId("fall-count").allInnerTexts();
  expect(fell.map((text) => Number(text.replaceAll(",", ""))).reduce((a, b) => a + b)).toBe(tried);
  await expect(page.getByTestId("result-row").first()).toBeVisible();

  await page.getByTestId("find-hardware").click();
  await page.getByRole("radio", { name: "my 8 × H200" }).click({ force: true });
  await finished(page);
  expect(await count(page, "tried")).toBeLessThan(tried * 100);
  await expect(page.getByTestId("search-sentence")).toContainText("my 8 × H200");
});

test("what the plan view prepares is of the plan on show, also after an edit", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByTestId("verdict")).toBeVisible();
  const link = page.locator("nav [data-view=search]");
  await link.focus();
  await page.getByTestId("noun-users").click();
  await page.getByTestId("popover-users").getByRole("textbox").fill("96");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("noun-users")).toContainText("96");
  await link.click();
  await expect(page.getByTestId("search-sentence")).toContainText("to 96 or more users");
  await expect(page.getByTestId("result-row").first()).toBeVisible({ timeout: 60_000 });
  await page.keyboard.press("Escape");
  await expect(status(page)).toHaveAttribute("data-state", /stopped|finished/);
});

test("the newest question wins while one types", async ({ page }) => {
  await open(page, SMALL);
  await page.getByTestId("find-users").click();
  const field = page.getByTestId("find-popover-users").getByRole("textbox");
  await field.fill("");
  await field.pressSequentially("256", { delay: 40 });
  await expect(page.getByTestId("search-sentence")).toContainText("256 or more users");
  await page.keyboard.press("Enter");
  await finished(page);
  await expect(page).toHaveURL(/~u:256~/);
  await expect(page.getByTestId("result-row").first()).toBeVisible();
});

test("a result becomes the plan, back returns to the search", async ({ page }) => {
  await open(page, SMALL);
  await finished(page);
  const row = page.getByTestId("result-row").first();
  const price = (await row.locator("td.num").nth(2).innerText()).split("\n")[0] ?? "";
  await row.getByRole("button", { name: /^Use this/ }).click();
  await expect(page.getByTestId("sentence")).toContainText("H200");
  await expect(page).not.toHaveURL(/view=/);
  await expect(page.getByRole("main")).toContainText(`$${price}`);
  await page.goBack();
  await expect(page.getByTestId("search-sentence")).toBeVisible();
  await expect(page.getByTestId("result-row").first()).toBeVisible();
});

test("query, filters, order and box stay over a reload", async ({ page }) => {
  test.slow();
  await open(page, SMALL);
  await finished(page);
  await say(page, "hour", "$200");
  await finished(page);
  const all = await page.getByTestId("result-count").innerText();
  await page.getByTestId("facet-engine-vllm").click();
  await page.getByTestId("sort-speed").click();
  await expect(page.getByTestId("result-count")).not.toHaveText(all);
  const area = page.getByTestId("front-area");
  await page.getByTestId("search-sentence").scrollIntoViewIfNeeded();
  await page.evaluate(() => window.scrollTo(0, 0));
  const box = (await area.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(box.x + box.width * 0.98, box.y + box.height * 0.02);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.1, box.y + box.height * 0.7, { steps: 5 });
  await page.mouse.up();
  await expect(page.getByTestId("clear-box")).toBeVisible();
  await expect(status(page)).toContainText("in the box");
  await finished(page);
  const before = await page.getByTestId("result-count").innerText();
  const first = await page.getByTestId("result-row").first().innerText();
  await page.reload();
  await finished(page);
  await expect(page.getByTestId("search-sentence")).toContainText("≤ $200 an hour");
  await expect(page.getByTestId("facet-engine-vllm")).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByTestId("result-count")).toHaveText(before);
  await expect(page.getByTestId("result-row").first()).toHaveText(first.replaceAll(/\s+/g, " "), {
    useInnerText: true,
  });
});

test("where nothing meets every constraint one click relaxes the one that is nearest", async ({ page }) => {
  await open(page, SMALL.replace("tpot:50", "tpot:2~ttft:9000").replace("~ttft:2000", ""));
  await finished(page);
  await expect(page.getByTestId("empty-result")).toContainText(
    /None of [\d,]+ layouts meets every constraint/,
  );
  await say(page, "speed", "150");
  await finished(page);
  const relax = page.getByTestId("empty-relax-tpot");
  if (await relax.isVisible()) {
    await relax.click();
    await finished(page);
  } else {
    await say(page, "speed", "any");
    await finished(page);
  }
  await expect(page.getByTestId("result-row").first()).toBeVisible();
});

test("a provider bounds the search, and stays over a reload", async ({ page }) => {
  await open(page, SMALL);
  await finished(page);
  const all = await count(page, "tried");
  await page.getByTestId("provider-limit").click();
  const popover = page.getByTestId("find-popover-provider");
  await popover.getByRole("radio").nth(2).click({ force: true });
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("search-sentence")).toContainText("from any provider, spot");
  await expect(page).toHaveURL(/~term:spot/);
  await finished(page);
  await page.reload();
  await expect(page.getByTestId("search-sentence")).toContainText("from any provider, spot");
  await finished(page);
  expect(await count(page, "tried")).toBeLessThanOrEqual(all);
  await expect(page.getByTestId("result-row").first()).toBeVisible();
});

test("a link that asks nonsense says so and searches from the plan", async ({ page }) => {
  await open(page, "#view=search&find=1~by:cheapest~m:deepseek-v3-0324~u:64~i:1024~o:1024~gpu:h2000");
  await expect(page.getByTestId("search-problem")).toContainText("unknown id");
  await expect(page.getByTestId("search-sentence")).toContainText("any hardware");
});

test("axe finds nothing, light and dark, desktop and phone", async ({ page }) => {
  test.slow();
  await open(page, SMALL);
  await finished(page);
  await expect(page.getByTestId("result-row").first()).toBeVisible();
  const inBothThemes = async (width: number) => expectCleanAt(page, [width]);
  await inBothThemes(1280);
  await page.getByTestId("find-speed").click();
  await expect(page.getByTestId("find-popover-speed")).toBeVisible();
  await inBothThemes(1280);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Table" }).click();
  await inBothThemes(1280);
  await inBothThemes(PHONE.width);
});
