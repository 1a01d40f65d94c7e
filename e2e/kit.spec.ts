import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "./site.ts";

const BUILT = join(import.meta.dirname, "..", "dist", "cli", "fathom.js");

/** The opening plan, and llama.cpp's Q4_K_M on 8 × A100, whose kit carries a conversion manifest. */
const PLANS = {
  "SGLang on 8 x H200": {},
  "llama.cpp Q4_K_M on 8 x A100": {
    weights: "gguf:Q4_K_M",
    engine: "llama.cpp",
    cluster: { accelerator: "a100-80-sxm", acceleratorsPerNode: 8, nodes: 1 },
    layout: { tp: 1, pp: 8 },
    workload: { inputTokens: 1024, outputTokens: 256, concurrency: 4 },
  },
};

for (const [name, changes] of Object.entries(PLANS)) {
  test(`the archive of ${name} has the same bytes in the page and on the command line`, async ({ page }) => {
    const folder = mkdtempSync(join(tmpdir(), "fathom-zip-"));
    try {
      const run = (args: readonly string[], input = "") =>
        execFileSync(process.execPath, [BUILT, ...args], { input, encoding: "utf8" });
      const example = JSON.parse(run(["open", "1.AKOmv0N7fQ"])) as object;
      const link = run(["link", "-"], JSON.stringify({ ...example, ...changes })).trim();
      const zip = join(folder, "kit.zip");
      run(["kit", link, "--zip", zip]);

      await page.goto(`./#${link}&view=kit`);
      const button = page.getByTestId("download-kit");
      await expect(button).toBeEnabled();
      const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
      expect(readFileSync(await download.path()).equals(readFileSync(zip))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
