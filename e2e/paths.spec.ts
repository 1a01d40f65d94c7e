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
