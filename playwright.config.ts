import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const PORT = Number(process.env["E2E_PORT"] ?? 4273);
const SYSTEM_CHROMIUM = "/usr/bin/chromium";
const executablePath = process.env["CHROMIUM"] ?? (existsSync(SYSTEM_CHROMIUM) ? SYSTEM_CHROMIUM : undefined);

/** Against the built site: run `npm run build` first. No video: its encoder is a download. */
export default defineConfig({
  testDir: "e2e",
  snapshotPathTemplate: "{testDir}/{testFileDir}/pictures/{arg}{ext}",
  fullyParallel: true,
  workers: 2,
  forbidOnly: Boolean(process.env["CI"]),
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: "list",
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    browserName: "chromium",
    permissions: ["clipboard-read", "clipboard-write"],
    acceptDownloads: true,
    // each test is a first visit, and would keep the whole site for later; offline.spec.ts allows it
    serviceWorkers: "block",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    video: "off",
    launchOptions: executablePath === undefined ? {} : { executablePath },
  },
  webServer: {
    command: `node node_modules/vite/bin/vite.js preview --host 127.0.0.1 --port ${PORT} --strictPort`,
    url: `http://127.0.0.1:${PORT}`,
    reuseExistingServer: false,
    timeout: 60_000,
  },
});
