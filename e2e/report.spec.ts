import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { distillOf } from "../src/core/domain/parse-distill-plan.ts";
import { finetuneOf } from "../src/core/domain/parse-finetune-plan.ts";
import { EXAMPLE_PLAN } from "../src/core/domain/parse-plan.ts";
import { planToLink } from "../src/core/link/plan-link.ts";
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

const RUN = planToLink(finetuneOf(EXAMPLE_PLAN));
const RUN_TOO_BIG = planToLink({
  ...finetuneOf(EXAMPLE_PLAN),
  cluster: { accelerator: "rtx-4090", acceleratorsPerNode: 1, nodes: 1 },
});
const CHAIN = planToLink(distillOf(EXAMPLE_PLAN));

/** The report of another goal: its parts, one page, Markdown that holds the same numbers, clean in every look. */
async function expectReport(page: Page, kind: string, sections: readonly string[]): Promise<void> {
  const report = page.getByTestId("report-page");
  await expect(page.getByTestId("report-kind")).toContainText(kind);
  await expect(page.getByTestId("report-view")).toContainText(kind);
  await expect(page.getByTestId("report-sources").locator("li").first()).toBeVisible();
  const numbers = page.getByTestId("report-numbers").locator("dd:not(.interval)");
  await expect(numbers).toHaveCount(6);
  await page.getByTestId("report-copy").click();
  await expect(page.getByTestId("report-copy")).toHaveText("Copied");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  for (const section of [...sections, "Assumptions", "Sources", "Link"]) {
    expect(copied).toContain(`## ${section}\n`);
  }
  for (const number of await numbers.allInnerTexts()) {
    expect(copied).toContain(`| ${number.replaceAll(/\s+/g, " ")} |`);
  }
  const link = new URL(page.url()).hash.slice(1).split("&")[0] ?? "";
  expect(copied).toContain(`#${link}>`);
  await expect(page.getByTestId("report-link")).toHaveText(new RegExp(`#${link}$`));
  expect(
    copied.startsWith(`# ${(await report.getByRole("heading", { level: 1 }).innerText()).slice(0, 20)}`),
  ).toBe(true);
  for (const format of ["A4", "Letter"]) expect(pagesOf(await page.pdf({ format })), format).toBe(1);
  await expectCleanAt(page, [360, 1440], ["main"]);
}

test("the report of a fine-tuning run follows the goal that is open, and says what fits nowhere", async ({
  page,
}) => {
  await page.goto(`./#${RUN}`);
  await expect(page.getByTestId("finetune-verdict")).toContainText("Fits");
  const usd = await page.getByTestId("metric-usd").locator(".value").innerText();
  await page.getByTestId("report").click();
  await expect(page).toHaveURL(new RegExp(`#${RUN}&view=report$`));
  await expectReport(page, "fine-tuning run", ["Memory", "Schedule", "Step", "Methods"]);
  const report = page.getByTestId("report-page");
  expect(usd).toMatch(/^\$[\d,]+$/);
  await expect(page.getByTestId("report-numbers")).toContainText(usd);
  await page.goto(`./#${RUN_TOO_BIG}&view=report`);
  await expect(report.locator(".verdict")).toContainText(/Does not fit/);
  await expect(report.locator(".verdict span").first()).not.toBeEmpty();
});

test("the report of a distillation holds the chain from teacher to device", async ({ page }) => {
  await page.goto(`./#${CHAIN}&view=report`);
  await expect(page.getByTestId("report-page")).toContainText("Works");
  await expectReport(page, "distillation", ["Chain", "Student", "Devices", "Service", "Break-even"]);
});
