import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";

interface Site {
  /** What went wrong in the page since it opened: console errors, exceptions, requests to elsewhere. */
  readonly complaints: string[];
}

/** Every test fails when the page complains or asks another host for anything. */
export const test = base.extend<Site>({
  complaints: [
    async ({ context, baseURL }, use) => {
      const complaints: string[] = [];
      const own = new URL(baseURL ?? "").origin;
      context.on("request", (request) => {
        const { protocol, origin } = new URL(request.url());
        if (protocol.startsWith("http") && origin !== own) complaints.push(`asked ${request.url()}`);
      });
      context.on("console", (message) => {
        if (message.type() === "error") complaints.push(`console: ${message.text()}`);
      });
      context.on("weberror", (error) => complaints.push(`exception: ${error.error().message}`));
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

/** Pages of a PDF, as its page objects. */
export const pagesOf = (pdf: Buffer): number =>
  pdf.toString("latin1").match(/\/Type\s*\/Page(?![s\w])/g)?.length ?? 0;

/**
 * axe finds nothing in the page, or in these parts of it, and nothing scrolls sideways. Every rule of axe
 * runs; what it found in order is not reported, and the report is made in the page itself: a third of the time.
 */
export async function expectClean(page: Page, parts: readonly string[] = []): Promise<void> {
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ["violations"] });
  for (const part of parts) axe.include(part);
  const { violations } = await axe.analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([]);
  const over = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(over).toBe(0);
}

/** Clean in both themes at each of these widths: a view is loaded once and looked at under every one of them. */
export async function expectCleanAt(
  page: Page,
  widths: readonly number[],
  parts: readonly string[] = [],
  ready: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await ready();
      await test.step(`${colorScheme}, ${width} wide`, () => expectClean(page, parts));
    }
  }
}

export { expect };

/** Every number of a verdict opens its formula with values, terms, interval and sources, and Escape goes back to it. */
export async function expectExplained(page: Page, part: string, numbers: number): Promise<void> {
  const buttons = page.getByTestId(part).getByTitle("How is this computed?");
  await expect(buttons).toHaveCount(numbers);
  for (const button of await buttons.all()) {
    await button.click();
    const panel = page.getByTestId("explanation");
    await expect(panel.getByRole("heading", { name: /: how is this computed\?$/ })).toBeVisible();
    await expect(page.getByTestId("worked")).toContainText(/\d.* = .*\d/);
    await expect(panel.locator("tbody tr").first()).toBeVisible();
    await expect(panel.locator("li").first()).toContainText(", read 20");
    await page.keyboard.press("Escape");
    await expect(panel).toBeHidden();
    await expect(button).toBeFocused();
  }
}
