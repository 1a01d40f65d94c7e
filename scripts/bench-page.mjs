/** First paint and edit → repaint of the built site in Chromium. Run `npm run build` first. */
import { chromium } from "playwright";
import { preview } from "vite";
import { findChromium } from "./install-missing.mjs";

const EDITS = 60;
const WARM_EDITS = 10;
const LOADS = 7;

/** @typedef {{ paintedMs: number, figuresMs: number }} Edit */

/**
 * @template {string} Name
 * @param {string} root
 * @param {Record<Name, (users: number) => string>} links of each plan with so many users
 */
export async function measurePage(root, links) {
  const server = await preview({ root, logLevel: "silent", preview: { host: "127.0.0.1", port: 4373 } });
  const executablePath = findChromium();
  const browser = await chromium.launch(executablePath ? { executablePath } : {});
  try {
    const address = server.resolvedUrls?.local[0] ?? "http://127.0.0.1:4373/";
    const loads = [];
    for (let load = 0; load < LOADS; load++) loads.push(await measureLoad(browser, address));
    const edits = /** @type {Record<Name, { address: Edit[], typed: Edit[] }>} */ ({});
    for (const name of /** @type {Name[]} */ (Object.keys(links))) {
      const page = await browser.newPage({ serviceWorkers: "block" });
      await page.goto(`${address}#${links[name](64)}`);
      await page.getByTestId("figure-time").waitFor();
      const linked = [];
      for (let edit = 0; edit < EDITS; edit++)
        linked.push(await measureEdit(page, { link: links[name](65 + edit) }));
      await page.getByTestId("all-fields").click();
      await page.getByTestId("fields").waitFor();
      const typed = [];
      for (let edit = 0; edit < EDITS; edit++)
        typed.push(await measureEdit(page, { users: 65 + EDITS + edit }));
      edits[name] = { address: linked.slice(WARM_EDITS), typed: typed.slice(WARM_EDITS) };
      await page.close();
    }
    return { loads, edits };
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
 * From the edit to the end of the frame that shows the verdict, and of the one that shows the figures, which follow it.
 * The edit is a new plan in the address, or another number of users in the form of all fields.
 *
 * @param {import("playwright").Page} page @param {{ link?: string, users?: number }} edit
 */
function measureEdit(page, edit) {
  return page.evaluate(
    ({ link, users }) =>
      /** @type {Promise<Edit>} */ (
        new Promise((resolve, reject) => {
          const verdict = document.querySelector("[data-testid=verdict]");
          const figure = document.querySelector("[data-testid=figure-time] .body");
          const field = /** @type {HTMLInputElement | null} */ (
            document.getElementById("field-workload.concurrency")
          );
          if (!verdict || !figure) throw new Error("no verdict to watch");
          const before = verdict.textContent;
          let started = 0;
          let paintedMs = 0;
          /** The next task after a frame's callbacks runs when the frame is made. @param {() => void} then */
          const whenMade = (then) => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = then;
            port2.postMessage(null);
          };
          const words = new MutationObserver(() => {
            if (verdict.textContent === before) return;
            words.disconnect();
            requestAnimationFrame(() => whenMade(() => (paintedMs = performance.now() - started)));
          });
          // figures are drawn by a frame's callback, and are seen when that frame is made
          const drawing = new MutationObserver(() => {
            drawing.disconnect();
            whenMade(() => resolve({ paintedMs, figuresMs: performance.now() - started }));
          });
          words.observe(verdict, { subtree: true, childList: true, characterData: true });
          setTimeout(() => reject(new Error("verdict and figures did not change within 10 s")), 10_000);
          requestAnimationFrame(() => {
            drawing.observe(figure, { subtree: true, attributes: true, characterData: true });
            started = performance.now();
            if (link !== undefined) location.hash = link;
            else if (field) {
              field.value = String(users);
              field.dispatchEvent(new Event("change", { bubbles: true }));
            }
          });
        })
      ),
    edit,
  );
}
