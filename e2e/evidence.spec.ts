import { expect, expectCleanAt, test } from "./site.ts";

test.beforeEach(async ({ page }) => {
  await page.goto("./#view=evidence");
  await expect(page.getByTestId("figure-scatter")).toBeVisible();
  await expect(page.getByTestId("claims")).toBeVisible();
});

const countOf = (text: string | null): number =>
  Number(/On ([\d,]+) runs/.exec(text ?? "")?.[1]?.replaceAll(",", "") ?? Number.NaN);

test("records are predicted again, each mark names its own, and claims are recomputed", async ({ page }) => {
  await test.step("the page says what the figures rest on", async () => {
    await expect(page).toHaveTitle(/Evidence/);
    const heading = page.getByRole("heading", { level: 1 });
    expect(countOf(await heading.textContent())).toBeGreaterThan(400);
    await expect(page.getByTestId("fit-note")).toContainText("those that the fit rests on included");
    const classes = page.getByTestId("figure-classes").locator("tbody tr");
    expect(await classes.count()).toBeGreaterThan(8);
    await expect(page.getByTestId("figure-unpredicted")).toContainText("not predicted");
    await expect(page.getByTestId("figure-unpredicted")).toContainText("the memory bandwidth");
  });
  await test.step("a mark names its record by keyboard, by pointer and from the misses", async () => {
    const readout = page.getByTestId("scatter-readout");
    const slider = page.getByRole("slider");
    await slider.focus();
    await page.keyboard.press("End");
    await expect(readout).toContainText("measured");
    const last = await readout.textContent();
    await page.keyboard.press("ArrowLeft");
    await expect(readout).not.toHaveText(last ?? "");
    await expect(slider).toHaveAttribute("aria-valuetext", /: measured .* predicted /);
    await page.keyboard.press("Escape");
    await expect(readout).toContainText("Point at a mark");

    const miss = page.getByTestId("figure-misses").locator("tbody tr").first();
    const id = await miss.getByRole("button").getAttribute("title");
    await miss.getByRole("button").click();
    await expect(readout).toContainText(id ?? "no id");
    await expect(miss.locator("td").last()).not.toBeEmpty();
  });
  await test.step("claims are recomputed, and one about a machine opens as its plan", async () => {
    const claims = page.getByTestId("claims");
    await claims.getByRole("button", { name: /^Show all/ }).click();
    await expect(claims.getByRole("listitem")).toHaveCount(19);
    const h100 = claims.locator("[data-claim=q4km-4xh100]");
    await expect(h100).toContainText("Does not hold");
    await expect(h100).toContainText("376.7 GiB of weights, 318.6 GiB of memory");
    await h100.getByRole("button", { name: "Open its plan" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("4 × H100");
    await expect(page.getByTestId("verdict-word")).toContainText("Does not fit");
  });
});

test("filters change the sentence, the points and the misses", async ({ page }) => {
  const heading = page.getByRole("heading", { level: 1 });
  const before = countOf(await heading.textContent());
  await page.getByRole("button", { name: /^CPU and hybrid/ }).click();
  await expect.poll(async () => countOf(await heading.textContent())).toBeLessThan(before);
  await page.getByRole("button", { name: "Time to first token" }).click();
  await expect(heading).toContainText("time to first token");
  await page.getByLabel("Engine").selectOption({ index: 1 });
  const engine = await page.getByLabel("Engine").inputValue();
  await page.getByTestId("figure-scatter").getByRole("button", { name: "Table" }).click();
  const engines = await page.getByTestId("figure-scatter").locator("tbody td:nth-child(4)").allTextContents();
  expect(engines.length).toBeGreaterThan(10);
  for (const text of engines) expect(text.startsWith(engine)).toBe(true);
});

test("axe finds nothing and nothing scrolls sideways, light and dark, phone and desktop", async ({
  page,
}) => {
  await expectCleanAt(page, [390, 1440]);
});
