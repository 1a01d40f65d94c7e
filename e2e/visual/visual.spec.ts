/**
 * Pictures of views against reviewed ones, to the pixel: `npx playwright test e2e/visual --update-snapshots`
 * takes them again, to be looked at before they are committed.
 *
 * Chromium draws text with its own rasteriser and fonts come with the page, so that one platform and one major
 * version draw alike; others have no pictures to compare with and are skipped.
 */
import { existsSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, test } from "../site.ts";
import { record, replay } from "./recorded-answers.ts";

interface View {
  readonly name: string;
  readonly address: string;
  readonly size: readonly [width: number, height: number];
  readonly theme: "light" | "dark";
  /** Everything that comes late stands. */
  readonly ready: (page: Page) => Promise<void>;
}

const planReady = async (page: Page) => {
  for (const id of ["figure-frontier", "levers", "figure-sensitivity", "figure-crossover"])
    await expect(page.getByTestId(id)).toBeVisible();
};
const opened = (id: string) => (page: Page) => expect(page.getByTestId(id)).toBeVisible();

const VIEWS: readonly View[] = [
  { name: "plan-light", address: "./", size: [1440, 1600], theme: "light", ready: planReady },
  { name: "plan-dark", address: "./", size: [1440, 900], theme: "dark", ready: planReady },
  { name: "plan-phone", address: "./", size: [390, 1400], theme: "light", ready: planReady },
  {
    name: "quantizations",
    address: "./#view=quantizations",
    size: [1440, 900],
    theme: "light",
    ready: opened("figure-mix"),
  },
  {
    name: "report",
    address: "./#view=report",
    size: [1440, 900],
    theme: "light",
    ready: async (page) => expect(page.getByTestId("report-sources").locator("li").first()).toBeVisible(),
  },
];

test.use({ contextOptions: { reducedMotion: "reduce" }, locale: "en-US", timezoneId: "UTC" });
// they add to one file of answers
test.describe.configure({ mode: "serial" });

for (const { name, address, size, theme, ready } of VIEWS) {
  test(`${name} looks as reviewed`, async ({ page, browser }, info) => {
    const taking = info.config.updateSnapshots === "all" || info.config.updateSnapshots === "changed";
    const picture = `${name}-${process.platform}-chromium${browser.version().split(".")[0]}.png`;
    test.skip(
      !taking && !existsSync(info.snapshotPath(picture)),
      `no reviewed ${picture}: another platform or Chromium draws other pixels`,
    );
    const written = taking ? await record(page) : await replay(page);
    await page.setViewportSize({ width: size[0], height: size[1] });
    await page.emulateMedia({ colorScheme: theme });
    await page.clock.setFixedTime(new Date("2026-01-01T12:00:00Z"));
    await page.goto(address);
    await ready(page);
    await page.evaluate(() => document.fonts.ready);
    // the same pixels, besides those that the comparison tells to be antialiasing
    await expect(page).toHaveScreenshot(picture, { threshold: 0.01, maxDiffPixels: 0, scale: "css" });
    if (written) await written();
  });
}
