import type { Page } from "@playwright/test";
import { EXAMPLE_PLAN } from "../src/core/domain/parse-plan.ts";
import { planToLink } from "../src/core/link/plan-link.ts";
import { expect, expectCleanAt, expectExplained, test } from "./site.ts";

const DEEPER = ["figure-capacity", "figure-roofline", "figure-sensitivity", "figure-crossover"] as const;

async function open(page: Page): Promise<void> {
  await page.goto("./");
  for (const id of DEEPER) await expect(page.getByTestId(id)).toBeVisible();
}

test("numbers and figures say how they came about, and leave as CSV", async ({ page }) => {
  await open(page);
  await test.step("every number of the verdict says how it is computed", async () => {
    const cells: readonly (readonly [string, RegExp])[] = [
      ["metric-user", /Speed per user.*1 \/ \(.* = [\d.]+ tok\/s/s],
      ["metric-total", /Throughput.*64 × 1,024/s],
      ["metric-ttft", /Time to first token.*Prefill/s],
      ["metric-cost", /Cost of output tokens.*3,600/s],
      ["verdict-fit", /Memory to spare.*Weights/s],
      ["verdict-limit", /What limits.*Routed experts/s],
    ];
    for (const [cell, says] of cells) {
      const button = page.getByTestId(cell).getByRole("button");
      await button.click();
      const dialog = page.getByRole("dialog");
      await expect(dialog).toBeFocused();
      await expect(dialog).toContainText(says);
      await expect(dialog).toContainText("80 % interval");
      await expect(dialog).toContainText("memory bandwidth");
      await page.keyboard.press("Escape");
      await expect(dialog).toHaveCount(0);
      await expect(button).toBeFocused();
    }
    const value = await page.getByTestId("metric-total").locator(".value").innerText();
    await page.getByTestId("metric-total").getByRole("button").click();
    await expect(page.getByTestId("worked")).toContainText(/[\d,]+/.exec(value)?.[0] ?? "no value");
    await page.keyboard.press("Escape");
  });
  await test.step("the weight file opens box by box, by pointer and by keyboard", async () => {
    const open = page.getByTestId("show-tensors");
    await open.click();
    const figure = page.getByTestId("figure-weights");
    await expect(figure).toContainText(/\d+ % of [\d.]+ GiB of .* is routed experts/);
    await figure.getByRole("button", { name: /^Attention:/ }).click();
    await expect(figure.getByRole("navigation")).toContainText("Attention");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await expect(figure.getByRole("button", { name: /^layer 12:/ })).toBeVisible();
    await figure.getByRole("button", { name: /^layer 12:/ }).focus();
    await expect(figure).toContainText("model.layers.12.self_attn.");
    await figure.getByRole("button", { name: "Table" }).click();
    await expect(figure.locator("tbody tr")).toHaveCount(61);
    await figure.getByRole("button", { name: "Figure" }).click();
    await figure.getByRole("button", { name: /^layer 12:/ }).focus();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await expect(figure.getByRole("button", { name: /^Routed experts:/ })).toBeVisible();
    await open.click();
    await expect(figure).toHaveCount(0);
  });
  await test.step("the roofline has every operator of both steps, under its roof", async () => {
    const figure = page.getByTestId("figure-roofline");
    await expect(figure).toContainText("left of the ridge");
    await expect(figure.locator("circle")).not.toHaveCount(0);
    await figure.getByRole("button", { name: "Table" }).click();
    const experts = figure.locator("tbody tr", { hasText: "Routed experts" });
    await expect(experts).toContainText("bandwidth");
    const before = await experts.innerText();
    await figure.getByRole("button", { name: "Prefill" }).click();
    await expect(experts).not.toHaveText(before);
  });
  await test.step("each figure goes out as CSV", async () => {
    for (const id of DEEPER) {
      const figure = page.getByTestId(id);
      await figure.getByRole("button", { name: "Export" }).click();
      const file = page.waitForEvent("download");
      await page.getByRole("menuitem", { name: /CSV/ }).click();
      expect((await file).suggestedFilename()).toBe(`fathom-${id.replace("figure-", "")}.csv`);
    }
  });
});

test("what the figures say becomes the plan, and nothing jumps", async ({ page }) => {
  await open(page);
  await test.step("the tornado sorts by the metric asked for", async () => {
    const figure = page.getByTestId("figure-sensitivity");
    await expect(figure).toContainText("Cost hangs most on");
    await figure.getByRole("button", { name: "Speed" }).click();
    await expect(figure).toContainText("Speed per user hangs most on");
  });
  await test.step("the example says what it is, and an end of the tornado takes its place", async () => {
    const hint = page.getByTestId("hint");
    await expect(hint).toContainText("An example to start from");
    const top = () =>
      page.getByTestId("verdict").evaluate((verdict) => verdict.getBoundingClientRect().top + window.scrollY);
    const before = await top();
    await page
      .getByTestId("figure-sensitivity")
      .getByRole("button", { name: /^Users 128:/ })
      .click();
    await expect(hint).toContainText("the address keeps the plan");
    expect(await top()).toBe(before);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("128 users");
  });
});

test("capacity follows the plan, and owning costs what the reader says it does", async ({ page }) => {
  await open(page);
  await test.step("owning", async () => {
    const figure = page.getByTestId("figure-crossover");
    const own = page.getByTestId("own-cost");
    const before = await figure.locator("h2").innerText();
    const years = own.getByLabel("Written off over");
    await years.fill("2");
    await years.press("Enter");
    await expect(own).toContainText("this plan");
    await expect(figure.locator("h2")).not.toHaveText(before);
    await page.reload();
    await expect(own.getByLabel("Written off over")).toHaveValue("2");
    await own.getByLabel("Written off over").fill("0");
    await own.getByLabel("Written off over").press("Enter");
    await expect(own.getByRole("alert")).toBeVisible();
  });
  await test.step("each lever opens how it is computed", () => expectExplained(page, "levers", 3));
  await test.step("capacity", async () => {
    const figure = page.getByTestId("figure-capacity");
    await expect(figure).toContainText("Room for 315 users at 2K of context");
    await page.getByTestId("levers").getByRole("button", { name: "Apply" }).first().click();
    await expect(figure).not.toContainText("Room for 315 users");
    await figure.getByRole("button", { name: "Table" }).click();
    await expect(figure.locator("tbody tr")).toHaveCount(9);
  });
});

test("a plan that nobody fits says why, and shows the capacity of the nearest plan that fits", async ({
  page,
}) => {
  const cluster = { ...EXAMPLE_PLAN.cluster, accelerator: "h100-sxm" };
  await page.goto(`./#${planToLink({ ...EXAMPLE_PLAN, cluster })}`);
  await expect(page.getByTestId("verdict-word")).toContainText("Does not fit");
  const nobody = page.getByTestId("capacity-nobody");
  await expect(nobody).toContainText("Not one user fits");
  await expect(nobody).toContainText(
    /The weights alone take [\d.]+\s*GiB on each of 8 ranks, [\d.]+\s*GiB more/,
  );
  await expect(page.getByTestId("figure-capacity")).toContainText(
    /The nearest plan that fits, .+: room for \d/,
  );
  await expect(page.getByTestId("figure-capacity")).not.toContainText("this plan");
});

test("axe finds nothing and nothing scrolls sideways, light and dark, phone and desktop", async ({
  page,
}) => {
  // The whole page with everything open is the most that axe is asked about.
  test.slow();
  await open(page);
  await page.getByTestId("show-tensors").click();
  await expect(page.getByTestId("figure-weights").getByRole("navigation")).toBeVisible();
  await page.getByTestId("metric-ttft").getByRole("button").click();
  await expect(page.getByTestId("worked")).toBeVisible();
  await expectCleanAt(page, [390, 1440], [], () => expect(page.getByTestId("worked")).toBeVisible());
});

test("on paper a plot keeps the width it was drawn at, small enough for the sheet", async ({ page }) => {
  await page.setViewportSize({ width: 1740, height: 1000 });
  await open(page);
  const figure = page.getByTestId("figure-capacity");
  const drawn = figure.locator(".plot > svg");
  await figure.scrollIntoViewIfNeeded();
  await expect(figure.locator(".as-drawn")).toBeVisible();
  const width = (await drawn.getAttribute("width")) ?? "";
  expect(Number(width)).toBeGreaterThan(718);
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 718, height: 1000 });
  await expect(drawn).toHaveAttribute("width", width);
  const plot = await drawn.boundingBox();
  const last = await figure.locator(".values .last").boundingBox();
  if (!plot || !last) throw new Error("nothing is drawn");
  expect(plot.x + plot.width).toBeLessThanOrEqual(718);
  expect(Math.abs(last.x + last.width - plot.x - plot.width)).toBeLessThan(2);
});
