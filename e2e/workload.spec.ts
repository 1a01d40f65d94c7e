import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { expect, expectCleanAt, test } from "./site.ts";

const run = promisify(execFile);
const CLI = join(import.meta.dirname, "..", "dist", "cli", "fathom.js");
const folder = mkdtempSync(join(tmpdir(), "fathom-workload-"));
// not after all tests: a worker that is given more tests of this file later still needs it
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
/** The tokenizer is 8 MB of JSON: a loaded machine takes its time to build it. */
const READ = { timeout: 90_000 };
test.beforeEach(() => test.slow());

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** An hour and a half with times and counts: no text, so that no test waits for the tokenizer. */
const TRACE = write(
  "trace.csv",
  [
    "time,input_tokens,output_tokens",
    ...Array.from({ length: 2400 }, (_, i) => {
      const [input, output] = [60 + ((i * 7919) % 97) ** 2, 20 + ((i * 613) % 41) ** 2 / 4];
      return `${1_700_000_000 + i * 2.2 + (i % 9 === 0 ? 1.5 : 0)},${Math.round(input)},${Math.round(output)}`;
    }),
  ].join("\n"),
);

async function open(page: Page, file?: string): Promise<void> {
  await page.goto("./#view=workload");
  await expect(page.getByTestId("drop-zone")).toBeVisible();
  if (file !== undefined) await page.getByTestId("workload-file").setInputFiles(file);
}

const settled = (page: Page) =>
  expect(page.locator("[data-testid=simulation][data-state=idle]")).toBeVisible({ timeout: 90_000 });

test("texts are counted here, malformed lines are named, the policy is the proof", async ({ page }) => {
  const lines = Array.from({ length: 120 }, (_, i) =>
    i === 6 || i === 40
      ? "{ this is no JSON"
      : JSON.stringify({
          messages: [
            {
              role: "system",
              content: "You are a careful assistant who answers in one sentence. ".repeat(6),
            },
            { role: "user", content: `Question ${i}: ${"why is the sky blue? ".repeat(1 + (i % 12))}` },
            { role: "assistant", content: "Because air scatters blue light most. ".repeat(1 + (i % 5)) },
          ],
        }),
  );
  await open(page, write("chats.jsonl", lines.join("\n")));
  await expect(page.getByRole("heading", { level: 1 })).toContainText("chats.jsonl holds 118 requests", READ);
  await expect(page.getByTestId("figure-lengths")).toContainText("Half the prompts stay under");
  await expect(page.getByTestId("figure-prefix")).toContainText("blocks of 16");
  await expect(page.getByTestId("figure-joint")).toBeVisible();
  const left = page.getByTestId("lines-left-out");
  await expect(left).toContainText("2 records were left out");
  await expect(left.locator("tbody tr td:first-child")).toHaveText(["7", "41"]);
  await page.getByRole("button", { name: "See the proof" }).click();
  await expect(page.getByTestId("privacy")).toContainText("default-src 'self'");
  await expect(page.getByTestId("asked")).toContainText("0 of them from elsewhere");

  await page.getByTestId("plan-on-this").click();
  await expect(page.getByTestId("plan-on-this")).toBeDisabled();
  await expect(page.getByTestId("kind-input")).toHaveValue("sketch");
  expect(new URL(page.url()).hash.length).toBeLessThan(430);
  await page.reload();
  await expect(page.getByTestId("kind-input")).toHaveValue("sketch");
  await expect(page.getByTestId("figure-planned")).toContainText("A request in flight holds");
});

test("the page and the command line simulate the same, to the last digit", async ({ page }) => {
  await open(page, TRACE);
  await expect(page.getByTestId("plan-on-this")).toBeVisible(READ);
  await page.getByTestId("plan-on-this").click();
  await expect(page.getByTestId("played")).toHaveValue("peak-hour");
  await settled(page);
  await expect(page.getByTestId("figure-percentiles")).toContainText("the average would have claimed");
  await expect(page.getByTestId("figure-timeline")).toBeVisible();
  await page.getByTestId("find-replicas").click();
  await expect(page.getByTestId("figure-replicas")).toBeVisible({ timeout: 90_000 });
  await settled(page);
  const saving = page.waitForEvent("download");
  await page.getByTestId("save-simulation").click();
  const saved = JSON.parse(readFileSync(await (await saving).path(), "utf8")) as unknown;

  const link = new URL(page.url()).hash.split("&")[0] ?? "";
  const args = ["simulate", link, "--trace", TRACE, "--target", "p99:ttft:2000", "--json"];
  const { stdout } = await run(process.execPath, [CLI, ...args], { maxBuffer: 1e8 });
  expect(saved).toEqual(JSON.parse(stdout));
});

test("reading and simulating can be cancelled, and the page stays as it was", async ({ page }) => {
  const words = Array.from({ length: 400_000 }, (_, i) => `w${(i * 7919) % 99_991}`).join(" ");
  await open(page, write("long.txt", words.repeat(6)));
  await expect(page.getByTestId("reading")).toContainText("of", READ);
  await page.getByTestId("cancel-reading").click();
  await expect(page.getByTestId("drop-zone")).toContainText("nothing of long.txt was kept");
  await page.getByTestId("workload-file").setInputFiles(TRACE);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("2,400 requests", READ);
});

test("hostile files get a clear line and hang nothing", async ({ page }) => {
  await open(page);
  const binary = new Uint8Array(100_000).map((_, i) => (i * 7919) % 256);
  for (const [file, words] of [
    [write("empty.jsonl", ""), "empty.jsonl holds no request"],
    [write("image.png", binary), "image.png holds no request"],
    [write("line.jsonl", `{"prompt":"${"x".repeat(17_000_000)}`), "line.jsonl holds no request"],
    [
      write("html.csv", "time,input_tokens\n<img src=x onerror=alert(1)>,<b>5</b>\n"),
      "html.csv holds no request",
    ],
  ] as const) {
    await page.getByTestId("workload-file").setInputFiles(file);
    await expect(page.getByRole("heading", { level: 1 })).toContainText(words, { timeout: 90_000 });
  }
  await expect(page.getByTestId("lines-left-out")).toContainText("1 record was left out");
  await expect(page.locator("main img")).toHaveCount(0);
});

test("a distribution by a few numbers: the plan's verdict takes percentiles", async ({ page }) => {
  await open(page);
  await settled(page);
  await page.getByTestId("kind-input").selectOption("lognormal");
  await page.getByTestId("entry-input-median").fill("600");
  await page.getByTestId("entry-input-median").press("Enter");
  await page.getByTestId("entry-input-p90").fill("3k");
  await page.getByTestId("entry-input-p90").press("Enter");
  await expect(page.getByTestId("entry-input-p90")).toHaveValue(/^3,0\d\d$/);
  await page.getByTestId("entry-input-p90").fill("10");
  await page.getByTestId("entry-input-p90").press("Enter");
  await expect(page.getByTestId("distribution-form").getByRole("alert")).toContainText("above the median");
  await page.getByTestId("kind-arrivals").selectOption("gamma");
  await page.getByTestId("entry-burst").fill("3");
  await page.getByTestId("entry-burst").press("Enter");
  await settled(page);
  await page
    .getByRole("link", { name: "Plan", exact: true })
    .or(page.getByRole("button", { name: "Plan", exact: true }))
    .first()
    .click();
  await expect(page.getByTestId("plan-spread")).toContainText("gaps vary 3.0×");
  const verdict = page.getByTestId("percentile-verdict");
  await expect(verdict).toHaveAttribute("data-state", "done", { timeout: 90_000 });
  await expect(verdict).toContainText("p99");
  await expect(verdict).toContainText("the average claims");
});

test("axe finds nothing and nothing scrolls sideways, light and dark, phone and desktop", async ({
  page,
}) => {
  await open(page, TRACE);
  await expect(page.getByTestId("figure-arrivals")).toBeVisible(READ);
  await settled(page);
  await expectCleanAt(page, [390, 1440]);
});
