import { expect, test } from "./site.ts";

test("the page opens on the example plan and says what it needs", async ({ page }) => {
  await page.goto("./");
  await expect(page).toHaveTitle(/Fathom/);
  await expect(page.getByRole("main")).toContainText("DeepSeek-V3-0324");
  await expect(page.getByRole("main")).toContainText(/tokens/);
});

test("the page allows nothing that does not come with it", async ({ page, complaints }) => {
  await page.goto("./");
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain("unsafe-eval");
  const blocked = await page.evaluate(() =>
    fetch("https://example.org/").then(
      () => "open",
      () => "blocked",
    ),
  );
  expect(blocked).toBe("blocked");
  await expect.poll(() => complaints.splice(0).join("\n")).toContain("Content Security Policy");
});
