/** First paint and edit → repaint of the built site in Chromium. Run `npm run build` first. */
import { chromium } from "playwright";
import { preview } from "vite";
import { findChromium } from "./install-missing.mjs";

const EDITS = 60;
const LOADS = 7;

/**
 * @param {string} root
 * @param {(users: number) => string} linkFor the link of the example plan with so many users
 */
export async function measurePage(root, linkFor) {
  const server = await preview({ root, logLevel: "silent", preview: { host: "127.0.0.1", port: 4373 } });
  const executablePath = findChromium();
  const browser = await chromium.launch(executablePath ? { executablePath } : {});
  try {
    const address = server.resolvedUrls?.local[0] ?? "http://127.0.0.1:4373/";
    const loads = [];
    for (let load = 0; load < LOADS; load++) loads.push(await measureLoad(browser, address));
    const page = await browser.newPage({ serviceWorkers: "block" });
    await page.goto(address);
    await page.getByTestId("verdict").waitFor();
    const edits = [];
    for (let edit = 0; edit < EDITS; edit++) {
      edits.push(await measureEdit(page, linkFor(65 + edit)));
    }
    return { loads, edits: edits.slice(10) };
  } finally {
    await browser.close();
    await server.close();
  }
}

/** A fresh context has an empty cache. @param {import("playwright").Browser} browser @param {string} address */
async function measureLoad(browser, address) {
  const context = await browser.newContext({ serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto(address);
  await page.getByTestId("verdict").waitFor();
  const times = await page.evaluate(() => ({
    paintMs: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
    verdictMs: performance.now(),
    scriptBytes: performance
      .getEntriesByType("resource")
      .filter((entry) => entry.name.endsWith(".js"))
      .reduce((sum, entry) => sum + /** @type {PerformanceResourceTiming} */ (entry).decodedBodySize, 0),
  }));
  await context.close();
  return times;
}

/**
 * From the new address to the verdict's own paint, and to the second frame after it: figures follow the verdict.
 *
 * @param {import("playwright").Page} page @param {string} link
 */
function measureEdit(page, link) {
  return page.evaluate(
    (hash) =>
      /** @type {Promise<{ paintedMs: number, secondFrameMs: number }>} */ (
        new Promise((resolve, reject) => {
          const verdict = document.querySelector("[data-testid=verdict]");
          if (!verdict) throw new Error("no verdict to watch");
          const before = verdict.textContent;
          let started = 0;
          const observer = new MutationObserver(() => {
            if (verdict.textContent === before) return;
            observer.disconnect();
            let paintedMs = 0;
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => (paintedMs = performance.now() - started);
            requestAnimationFrame(() => {
              // The next task after a frame's callbacks runs when the frame is made.
              port2.postMessage(null);
              requestAnimationFrame(() => resolve({ paintedMs, secondFrameMs: performance.now() - started }));
            });
          });
          observer.observe(verdict, { subtree: true, childList: true, characterData: true });
          setTimeout(() => reject(new Error("the verdict did not change within 10 s")), 10_000);
          requestAnimationFrame(() => {
            started = performance.now();
            location.hash = hash;
          });
        })
      ),
    link,
  );
}
