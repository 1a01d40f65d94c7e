import type { Page } from "@playwright/test";
import { EXAMPLE_PLAN } from "../src/core/domain/parse-plan.ts";
import { planToLink } from "../src/core/link/plan-link.ts";
import { expect, test } from "./site.ts";

const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } };

/** More than one GPU can hold, whatever is done to it. */
const TOO_BIG = planToLink({
  ...EXAMPLE_PLAN,
  weights: "bf16",
  cluster: { accelerator: "h100-sxm", acceleratorsPerNode: 1, nodes: 1 },
  layout: { ...EXAMPLE_PLAN.layout, tp: 1, ep: 1 },
});

const open = (page: Page, view: string) =>
  page.getByRole("navigation", { name: "Views" }).locator(`[data-view=${view}]`).click();

/** As a reader without a mouse: Tab until the control has the focus. */
async function tabTo(page: Page, control: string, key = "Tab"): Promise<void> {
  const target = page.locator(control).first();
  for (let i = 0; i < 150; i++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${control} is not reached by ${key}`);
}

test("by keyboard alone: from a blank page to a decision, a link and a kit", async ({ page }) => {
  test.slow();
  await page.goto("./");
  await expect(page.getByTestId("verdict-word")).toHaveText("Fits");
  const sentence = page.getByTestId("sentence");
  await test.step("Esc takes back what an arrow tried", async () => {
    await tabTo(page, "[data-testid=noun-weights]");
    await page.keyboard.press("ArrowDown");
    const popover = page.getByTestId("popover-weights");
    await expect(popover.locator("tr[data-choice=int8] td.num").first()).toBeVisible();
    await page.keyboard.press("ArrowDown");
    await expect(page.getByTestId("noun-weights")).not.toHaveText("FP8");
    await page.keyboard.press("Escape");
    await expect(popover).toBeHidden();
    await expect(page.getByTestId("noun-weights")).toHaveText("FP8");
    await expect(page.getByTestId("noun-weights")).toBeFocused();
  });
  await test.step("a number as it is typed; undo and redo", async () => {
    await tabTo(page, "[data-testid=noun-input]");
    await page.keyboard.press("Enter");
    await page.keyboard.type("1.5k");
    await page.keyboard.press("Enter");
    await expect(page.getByTestId("noun-input")).toHaveText("1.5K");
    await page.keyboard.press("Control+z");
    await expect(page.getByTestId("noun-input")).toHaveText("1K");
    await page.keyboard.press("Control+Shift+z");
    await expect(page.getByTestId("noun-input")).toHaveText("1.5K");
  });
  await test.step("? lists the keys, P pins", async () => {
    await page.keyboard.press("?");
    await expect(page.getByTestId("keys")).toContainText("undo");
    await page.keyboard.press("Escape");
    await expect(page.getByTestId("keys")).toBeHidden();
    await page.keyboard.press("p");
    await expect(page).toHaveURL(/pins=/);
  });
  await test.step("a preset, a link, a kit", async () => {
    await tabTo(page, "[data-testid=presets]");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect(sentence).toContainText("B200");
    await tabTo(page, "[data-testid=copy-link]", "Shift+Tab");
    await page.keyboard.press("Enter");
    await expect(page.getByTestId("copy-link")).toHaveText("Copied");
    await tabTo(page, "nav [data-view=kit]", "Shift+Tab");
    await page.keyboard.press("Enter");
    await expect(page.getByTestId("download-kit")).toBeEnabled();
    await tabTo(page, "[data-testid=download-kit]");
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    expect(download.suggestedFilename()).toMatch(/\.zip$/);
  });
});

test("a view that is opened again does not start its worker again", async ({ page }) => {
  await page.goto("./");
  await expect(page.getByTestId("verdict-word")).toHaveText("Fits");
  const started: string[] = [];
  page.on("worker", (worker) => started.push(new URL(worker.url()).pathname));
  const file = { name: "config.json", mimeType: "application/json", buffer: Buffer.from("{}") };
  for (let visit = 0; visit < 2; visit++) {
    await open(page, "finetune");
    await expect(page.getByTestId("figure-methods")).toBeVisible();
    await open(page, "kit");
    await expect(page.getByTestId("download-kit")).toBeEnabled();
    await open(page, "quantizations");
    await page.getByTestId("model-file-input").setInputFiles(file);
    await expect(page.getByTestId("model-file-problem")).toBeVisible();
    await open(page, "plan");
  }
  for (const name of ["finetune", "kit", "gguf"])
    expect(started.filter((path) => path.includes(name))).toHaveLength(1);
});

for (const [name, viewport] of Object.entries(SIZES)) {
  test(`from a blank page to a decision, a link and a kit, ${name}`, async ({ page, context }) => {
    test.slow();
    await page.setViewportSize(viewport);
    await page.goto("./");
    await expect(page.getByTestId("verdict-word")).toHaveText("Fits");
    await page.getByTestId("pin-plan").click();
    await page.getByTestId("apply-lever").first().click();
    await expect(page).not.toHaveURL(/#1\.AKOmv0N7fQ(&|$)/);
    await page.getByTestId("pin-plan").click();
    await open(page, "compare");
    await expect(page.locator("[data-testid=compare-verdict] .word")).toHaveText(["Fits", "Fits"]);
    await page.getByTestId("copy-link").click();
    await expect(page.getByTestId("copy-link")).toHaveText("Copied");
    const link = await page.evaluate(() => navigator.clipboard.readText());

    const colleague = await context.newPage();
    await colleague.setViewportSize(viewport);
    await colleague.goto(link);
    await expect(colleague.locator("[data-testid=compare-verdict] .word")).toHaveText(["Fits", "Fits"]);
    await open(colleague, "kit");
    await expect(colleague.getByTestId("download-kit")).toBeEnabled();
    const [download] = await Promise.all([
      colleague.waitForEvent("download"),
      colleague.getByTestId("download-kit").click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/\.zip$/);
  });

  test(`reload, back, forward and two tabs keep the plan and the view, ${name}`, async ({
    page,
    context,
  }) => {
    await page.setViewportSize(viewport);
    await page.goto("./");
    await expect(page.getByTestId("verdict-word")).toHaveText("Fits");
    await page.getByTestId("noun-users").click();
    await page.getByTestId("amount").fill("128");
    await page.keyboard.press("Enter");
    await expect(page.getByTestId("noun-users")).toHaveText("128 users");
    await open(page, "quantizations");
    await expect(page.getByRole("heading", { level: 1 })).toContainText("128 users");
    await page.reload();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("128 users");
    const other = await context.newPage();
    await other.goto(page.url());
    await expect(other.getByRole("heading", { level: 1 })).toContainText("128 users");
    await page.goBack();
    await expect(page.getByTestId("noun-users")).toHaveText("128 users");
    await page.goBack();
    await expect(page.getByTestId("noun-users")).toHaveText("64 users");
    await page.goForward();
    await expect(page.getByTestId("noun-users")).toHaveText("128 users");
    // the other tab goes its own way
    await expect(other.getByRole("heading", { level: 1 })).toContainText("128 users");
  });

  test(`a search is cancelled halfway, ${name}`, async ({ page }) => {
    await page.setViewportSize(viewport);
    await page.goto("./#view=search&find=1~by:fastest~m:deepseek-v3-0324~u:1~i:1024~o:1024");
    await expect(page.getByTestId("figure-front")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByTestId("search-status")).toHaveAttribute("data-state", "stopped");
    await expect(page.getByTestId("result-row").first()).toBeVisible();
  });

  test(`a plan that does not fit says so in every view, ${name}`, async ({ page }) => {
    await page.setViewportSize(viewport);
    await page.goto(`./#${TOO_BIG}`);
    await expect(page.getByTestId("verdict-word")).toHaveText("Does not fit");
    await open(page, "compare");
    await expect(page.locator("[data-testid=compare-verdict] .word")).toHaveText(["Does not fit"]);
    await page.getByTestId("report").click();
    await expect(page.getByTestId("report-page")).toContainText("Does not fit");
    await expect(page.getByTestId("report-page")).toContainText("short of");
    await page.goBack();
    await page.goBack();
    await expect(page.getByTestId("verdict-word")).toHaveText("Does not fit");
    await page.reload();
    await expect(page.getByTestId("verdict-word")).toHaveText("Does not fit");
  });
}
