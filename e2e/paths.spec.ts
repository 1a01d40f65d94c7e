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
