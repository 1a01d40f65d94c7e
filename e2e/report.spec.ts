import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, expectCleanAt, pagesOf, test } from "./site.ts";

async function open(page: Page, hash = ""): Promise<void> {
  await page.goto(`./#${hash}&view=report`);
  await expect(page.getByTestId("report-page")).toBeVisible();
}

test("the report holds the verdict, numbers with ranges, assumptions, sources and the link", async ({
  page,
}) => {
  await page.goto("./");
  const figure = (await page.getByTestId("metric-user").locator(".value").innerText()).split(/\s/)[0] ?? "";
  await page.getByTestId("report").click();
  const report = page.getByTestId("report-page");
  await expect(report).toContainText("Fits");
  await expect(page.getByTestId("report-numbers")).toContainText(figure.replace("tok/s", ""));
  await expect(page.getByTestId("report-numbers")).toContainText("–");
  await expect(report).toContainText("Routed experts");
  await expect(page.getByTestId("report-sources").locator("li").first()).toBeVisible();
  await expect(page.getByTestId("report-link")).toHaveText(/#1\.AKOmv0N7fQ$/);
  await expect(page.getByRole("link", { name: "Report", exact: true })).toHaveAttribute(
    "aria-current",
    "page",
  );
  await page.reload();
  await expect(report).toBeVisible();
  await page.goBack();
  await expect(page.getByTestId("verdict")).toBeVisible();
});

test("it prints on one page of A4 and of Letter, in either theme", async ({ page }) => {
  for (const [colorScheme, format] of [
    ["light", "A4"],
    ["dark", "Letter"],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await open(page);
    expect(pagesOf(await page.pdf({ format }))).toBe(1);
  }
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await expect(page.getByTestId("report-print")).toBeHidden();
  const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(paper).toBe("rgb(255, 255, 255)");
});

test("Markdown is copied and downloaded alike", async ({ page }) => {
  await open(page, "1.AKOmv0N7fQ");
  await page.getByTestId("report-copy").click();
  await expect(page.getByTestId("report-copy")).toHaveText("Copied");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByTestId("report-download").click(),
  ]);
  expect(download.suggestedFilename()).toBe("fathom-report.md");
  expect(readFileSync(await download.path(), "utf8")).toBe(copied);
  expect(copied).toMatch(/^# Serve DeepSeek-V3-0324 in FP8/);
  for (const part of ["**Fits.**", "## Memory", "## Time", "## Cost", "## Assumptions", "## Sources"]) {
    expect(copied).toContain(part);
  }
  expect(copied).toMatch(/<http:\/\/[^>]*#1\.AKOmv0N7fQ>/);
});

test("axe finds nothing and nothing scrolls sideways, light and dark, phone and desktop", async ({
  page,
}) => {
  await open(page);
  await expectCleanAt(page, [360, 1440]);
});
