import { readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { expect, test, type Page } from "@playwright/test";

test.use({ serviceWorkers: "allow" });

const DIST = join(import.meta.dirname, "..", "dist");
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".woff2": "font/woff2",
};

/** The built site, whose page and service worker may be told to be those of another build. */
class Site {
  readonly #server: Server;
  build = "";

  constructor() {
    this.#server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://site");
      const file = join(DIST, pathname === "/" ? "index.html" : pathname);
      if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end();
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
      response.end(this.#written(pathname, readFileSync(file)));
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #written(path: string, content: Buffer): Buffer | string {
    if (this.build === "") return content;
    if (path === "/") return String(content).replace("<html", `<html data-build="${this.build}"`);
    if (path === "/sw.js") return String(content).replace(/VERSION = "/, `VERSION = "${this.build}`);
    return content;
  }
}

/** Names of the caches, once a service worker of this page is at work. */
const kept = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active && active.state !== "activated")
      await new Promise((resolve) => active.addEventListener("statechange", resolve, { once: true }));
    return caches.keys();
  });

test("once loaded, the page opens and computes with its server gone; a new build waits until it is whole", async ({
  page,
}) => {
  test.slow();
  const site = new Site();
  const address = await site.start();
  await page.goto(address);
  await expect(page.getByTestId("verdict-word")).toContainText("Fits");
  const [first = ""] = await kept(page);
  const names = await page.evaluate(
    async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname),
    first,
  );
  expect(names).toContain("/");
  for (const part of ["planner.worker", "kit.worker", "SearchView", "h200-sxm", "plex-sans"])
    expect(
      names.filter((name) => name.includes(part)),
      part,
    ).not.toEqual([]);
  expect(names.filter((name) => name.includes("tokenizer"))).toEqual([]);

  site.build = "next";
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-build", "next");
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  // it waits, with all its files, until no page of the old build is open
  const waits = () =>
    page.evaluate(async () => Boolean((await navigator.serviceWorker.getRegistration())?.waiting));
  await expect.poll(waits).toBe(true);
  await expect(page.getByTestId("verdict-word")).toContainText("Fits");
  expect(await page.evaluate(() => caches.keys())).toHaveLength(2);

  await site.stop();
  await page.reload();
  await expect(page.locator("html")).not.toHaveAttribute("data-build");
  await expect(page.getByTestId("verdict-word")).toContainText("Fits");
  await page.getByRole("link", { name: "Quantizations", exact: true }).click();
  await expect(page.getByTestId("figure-mix")).toBeVisible();
});

test("the copy of an old build goes when the new one is served and the last page of the old one closes", async ({
  context,
}) => {
  test.slow();
  const site = new Site();
  const address = await site.start();
  const page = await context.newPage();
  await page.goto(address);
  await expect(page.getByTestId("verdict-word")).toContainText("Fits");
  const [old = ""] = await kept(page);
  const second = await context.newPage();
  await second.goto(address);
  await expect(second.getByTestId("verdict-word")).toContainText("Fits");

  site.build = "next";
  // an update that was under way may have read the old one still: it is asked for until it is seen
  const waits = () =>
    second.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      await registration?.update();
      return Boolean(registration?.waiting);
    });
  await expect.poll(waits).toBe(true);
  await page.close();
  // one page of the old build is still open: both copies stay
  expect(await waits()).toBe(true);
  expect(await second.evaluate(() => caches.keys())).toContain(old);
  await second.close();

  const names = async () => {
    const probe = await context.newPage();
    await probe.goto(address);
    const found = await kept(probe);
    await probe.close();
    return found;
  };
  await expect.poll(names).toHaveLength(1);
  expect(await names()).not.toContain(old);

  await site.stop();
  const offline = await context.newPage();
  await offline.goto(address);
  await expect(offline.locator("html")).toHaveAttribute("data-build", "next");
  await expect(offline.getByTestId("verdict-word")).toContainText("Fits");
});
