import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { distillOf } from "../src/core/domain/parse-distill-plan.ts";
import { finetuneOf } from "../src/core/domain/parse-finetune-plan.ts";
import { EXAMPLE_PLAN } from "../src/core/domain/parse-plan.ts";
import { planToLink } from "../src/core/link/plan-link.ts";
import { expect, expectCleanAt, test } from "./site.ts";

const EXAMPLE = "1.AKOmv0N7fQ";
const OTHER = planToLink({
  ...EXAMPLE_PLAN,
  workload: { ...EXAMPLE_PLAN.workload, concurrency: 200 },
});

/** The link of the plan on show, from the address. */
const linkOf = (page: Page): string => new URL(page.url()).hash.slice(1).split("&")[0] ?? "";
const heads = (page: Page) => page.getByTestId("compare-head");

async function computed(page: Page, count: number): Promise<void> {
  await expect(heads(page)).toHaveCount(count);
  await expect(page.locator("[data-testid=compare-verdict] .word")).toHaveCount(count);
}

/** Another plan beside the example, made by its own control. */
async function takeUsers(page: Page, users: string): Promise<string> {
  await page.getByTestId("noun-users").click();
  const field = page.getByTestId("popover-users").getByRole("textbox");
  await field.fill(users);
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("popover-users")).toBeHidden();
  return linkOf(page);
}

test("plans are pinned where they are met, and stand side by side with what differs first", async ({
  page,
}) => {
  await page.goto("./");
  await page.getByTestId("pin-plan").click();
  await expect(page.getByTestId("pin-plan")).toHaveText(/Pinned/);
  await page.getByTestId("levers").getByTestId("pin-lever").first().click();
  await expect(page.getByRole("link", { name: /^Compare/ })).toContainText("2");
  await page.getByRole("link", { name: /^Compare/ }).click();
  await computed(page, 2);
  const fields = page.getByTestId("compare-fields").locator("tr[data-field]");
  expect(await fields.count()).toBeGreaterThan(0);
  await expect(page.getByTestId("compare-table").locator("tr[data-metric=user]")).toContainText("–");
  expect(await page.getByTestId("lead").count()).toBeGreaterThan(0);
  await expect(page.getByTestId("figure-compare").getByRole("heading")).toContainText(/costs least|fastest/);
});

test("the pinned plans live in the address: reload, back, forward, two tabs", async ({ page, context }) => {
  await page.goto("./");
  await expect(page.getByTestId("verdict-word")).toBeVisible();
  await page.keyboard.press("p");
  await expect(page).toHaveURL(new RegExp(`pins=${EXAMPLE}`));
  const other = await takeUsers(page, "200");
  await page.keyboard.press("p");
  await page.getByRole("link", { name: /^Compare/ }).click();
  await computed(page, 2);
  await expect(page.getByTestId("compare-fields")).toContainText("users at once");
  await page.reload();
  await computed(page, 2);
  const copied = page.url();

  await page.goBack();
  await expect(page.getByTestId("pin-plan")).toHaveText(/Pinned/);
  await page.goBack();
  await expect(page.getByTestId("pin-plan")).toHaveText(/Pin to compare/);
  await page.goForward();
  await page.goForward();
  await computed(page, 2);

  const second = await context.newPage();
  await second.goto(copied);
  await computed(second, 2);
  await second.getByTestId("compare-remove").first().click();
  await expect(heads(second)).toHaveCount(1);
  await expect(heads(page)).toHaveCount(2);
  expect(other).not.toBe(EXAMPLE);
});

test("two plans of one link: out as CSV, columns move and go by keyboard, one opens, links are pasted", async ({
  page,
}) => {
  await page.goto(`./#${EXAMPLE}&view=compare&pins=${EXAMPLE}~${OTHER}`);
  await computed(page, 2);
  await test.step("the comparison leaves as CSV with links, values and ranges", async () => {
    await page.getByTestId("export").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("menuitem", { name: "CSV" }).click(),
    ]);
    const csv = readFileSync(await download.path(), "utf8");
    expect(csv).toContain("quantity,unit,A,A low,A high,A basis,B");
    expect(csv).toContain(`link,,${EXAMPLE},,,,${OTHER}`);
    expect(csv).toMatch(/speed: per user,tok\/s,[\d.]+,[\d.]+,[\d.]+,\w+,[\d.]+,/);
    expect(csv).toContain("workload.concurrency,,64,,,,200");
  });
  await expect(heads(page).first()).toContainText("64 users");
  await page.getByRole("button", { name: "Move plan A to the right" }).focus();
  await page.keyboard.press("Enter");
  await expect(heads(page).first()).toContainText("200 users");
  await expect(page).toHaveURL(new RegExp(`pins=${OTHER}~${EXAMPLE}`));
  await expect(page.getByRole("button", { name: "Move plan B to the left" })).toBeFocused();
  await page.keyboard.press("Alt+ArrowLeft");
  await expect(heads(page).first()).toContainText("64 users");

  await page.getByTestId("compare-remove").last().click();
  await expect(heads(page)).toHaveCount(1);
  await page.getByTestId("compare-paste").fill("not a link");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("paste-problem")).toContainText("No plan link");
  await page.getByTestId("compare-paste").fill(`1.AKOmv0N7fR`);
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("paste-problem")).toContainText("link:");
  await page.getByTestId("compare-paste").fill(`see http://elsewhere.example/#${OTHER}&view=kit`);
  await page.keyboard.press("Enter");
  await computed(page, 2);

  await page.getByTestId("compare-open").click();
  await expect(page.getByTestId("sentence")).toContainText("200 users");
  await expect(page).not.toHaveURL(/view=/);
});

test("a broken pin is left out and said; the others stay", async ({ page }) => {
  await page.goto(`./#${EXAMPLE}&view=compare&pins=${EXAMPLE}~1.AKOmv0N7fR`);
  await expect(page.getByTestId("error-line")).toContainText("A pinned plan is left out");
  await computed(page, 1);
});

test("on a phone a column's head stands over its verdict", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("./#view=compare");
  await expect(page.getByTestId("compare-verdict").first()).toContainText("Fits");
  const boxOf = async (testid: string) => {
    const box = await page.getByTestId(testid).first().boundingBox();
    return { top: box?.y ?? Number.NaN, bottom: (box?.y ?? Number.NaN) + (box?.height ?? Number.NaN) };
  };
  expect((await boxOf("compare-head")).bottom).toBeLessThanOrEqual((await boxOf("compare-verdict")).top);
  const link = await page.getByTestId("compare-pin").boundingBox();
  expect((link?.y ?? Number.NaN) + (link?.height ?? Number.NaN)).toBeLessThanOrEqual(
    (await boxOf("compare-verdict")).top,
  );
});

test("axe finds nothing and nothing scrolls sideways, light and dark, phone and desktop", async ({
  page,
}) => {
  const pins = [EXAMPLE, "1.AWaqH4xDiWvUeIUWwrW1AA", "1.AUoeK7urxpbuagE"].join("~");
  await page.goto(`./#${EXAMPLE}&view=compare&pins=${pins}`);
  await computed(page, 3);
  await expectCleanAt(page, [360, 1440], [], () =>
    expect(page.locator("nav [aria-current]")).toBeInViewport(),
  );
});

test("runs of fine-tuning stand side by side, apart from serving plans that are pinned too", async ({
  page,
}) => {
  const run = finetuneOf(EXAMPLE_PLAN);
  const short = planToLink({ ...run, data: { ...run.data, tokens: 1_000_000 } });
  await page.goto(`./#${planToLink(run)}&view=finetune&pins=${short}~${EXAMPLE}`);
  await page.getByTestId("pin-finetune").click();
  await expect(page.getByTestId("pin-finetune")).toHaveText(/Pinned/);
  await page.getByRole("link", { name: /^Compare/ }).click();
  await computed(page, 2);
  await expect(page.getByTestId("compare-fields").locator("tr[data-field]")).toHaveCount(1);
  await expect(page.getByTestId("compare-fields")).toContainText("1,000,000");
  await expect(page.locator("tr[data-metric=training]")).toContainText("–");
  await expect(page.getByTestId("figure-compare").getByRole("heading")).toHaveText(
    /^A costs least, \$[\d,.]+ for training and trains fastest, in .*\.$/,
  );
  await heads(page).first().getByRole("button", { name: "to the right" }).click();
  await expect(page.getByTestId("figure-compare").getByRole("heading")).toHaveText(/^B costs least/);
  await expectCleanAt(page, [360, 1440], ["main"]);

  await page.getByTestId("other-pins").getByRole("button", { name: "1 serving plan" }).click();
  await computed(page, 1);
  await expect(page.locator("tr[data-metric=user]")).toBeVisible();
  await expect(page.getByTestId("other-pins")).toContainText("2 fine-tuning runs");
  await page.goBack();
  await computed(page, 2);
});

test("distillations stand side by side", async ({ page }) => {
  const chain = distillOf(EXAMPLE_PLAN);
  const small = planToLink({ ...chain, job: { ...chain.job, samples: 1000 } });
  await page.goto(`./#${planToLink(chain)}&view=compare&pins=${small}`);
  await computed(page, 2);
  await expect(page.getByTestId("compare-verdict").first()).toContainText("Works");
  await expect(page.getByTestId("compare-fields")).toContainText("prompts");
  await expect(page.getByTestId("figure-compare").getByRole("heading")).toContainText(
    /A costs least, \$[\d,.]+ for the whole chain/,
  );
  await expectCleanAt(page, [360, 1440], ["main"]);
});
