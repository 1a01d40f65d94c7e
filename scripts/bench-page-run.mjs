/**
 * `npm run bench:page`: edit to repaint, search times and first JavaScript of the built site in Chromium, and
 * Lighthouse's scores where it can be had. Run `npm run build` first.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright";
import { preview } from "vite";
import { measurePage } from "./bench-page.mjs";
import { importBundled } from "./bundle.mjs";
import { findChromium } from "./install-missing.mjs";
import { say } from "./log.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CACHE = join(ROOT, ".cache");
const PORT = 4374;
const LIGHTHOUSE = "12.8.2";
const SEARCHES = 5;
const FIND = "#view=search&find=1~by:cheapest~m:deepseek-v3-0324";
const ANOTHER_LIMIT = `${FIND}~u:64~i:1024~o:1024~ttft:2000~tpot:40`;
const ANOTHER_LOAD = `${FIND}~u:96~i:3000~o:500~ttft:2000~tpot:50`;
/** @type {readonly (readonly ["view" | "first" | "last" | "limit" | "load", string, string])[]} */
const SEARCH_FIGURES = [
  ["view", "its view", ""],
  ["first", "first rows", "100"],
  ["last", "all", "1,000"],
  ["limit", "then another limit, all", "1,000"],
  ["load", "then another load, all", "1,000"],
];
/** Of an install and of a run of Lighthouse. */
const MOST_MS = 300_000;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];

/** @param {readonly number[]} values @param {number} q */
function quantile(values, q) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** @param {string} name @param {readonly number[]} values @param {string} bar */
function line(name, values, bar) {
  const [median, p95] = [0.5, 0.95].map((q) => quantile(values, q).toFixed(0).padStart(9));
  say(`${name.padEnd(40)}  ${median}  ${p95}  ${bar}`);
}

/** The plan of `npm run bench` that takes longest to evaluate and has most ranks to draw. */
const HEAVIEST = {
  engine: "vllm",
  cluster: { accelerator: "h100-sxm", acceleratorsPerNode: 8, nodes: 2 },
  layout: { tp: 16 },
};

/** Links of two plans: an edit changes the number of users. */
async function linkMakers() {
  const core = await importBundled(ROOT, "bench-entry.ts", join(CACHE, "bench-page"));
  const parsed = core.parsePlan({ ...core.EXAMPLE_PLAN, ...HEAVIEST }, core.vocabularyOf(core.catalog));
  if (!parsed.ok) throw new Error(`the heaviest plan: ${parsed.error.path} ${parsed.error.problem}`);
  /** @param {import("../src/core/domain/plan.ts").Plan} plan */
  const maker = (plan) => (/** @type {number} */ users) =>
    core.planToLink({ ...plan, workload: { ...plan.workload, concurrency: users } });
  return { "the example": maker(core.EXAMPLE_PLAN), "2 x 8 x H100": maker(parsed.value) };
}

/** Runs in the page: notes when the view, its first row and the end of the search stand, since it was called. */
function watchSearch() {
  const began = performance.now();
  const times = { view: 0, first: 0, last: 0 };
  Object.assign(window, { searchTimes: times });
  const look = () => {
    const status = document.querySelector("[data-testid=search-status]");
    const rows = document.querySelector("[data-testid=result-row]");
    const now = performance.now() - began;
    if (status && times.view === 0) times.view = now;
    if (rows && times.first === 0) times.first = now;
    if (rows && status?.getAttribute("data-state") === "finished") times.last = now;
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Runs in the open view: asks another question, and returns when that search is through. @param {string} hash */
function askAnother(hash) {
  const status = document.querySelector("[data-testid=search-status]");
  const began = performance.now();
  let asked = false;
  location.hash = hash;
  return /** @type {Promise<number>} */ (
    new Promise((resolve) => {
      const look = () => {
        const finished = status?.getAttribute("data-state") === "finished";
        asked ||= !finished;
        if (asked && finished) resolve(performance.now() - began);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    })
  );
}

/**
 * From the opened view to its first rows and to its end, the page's own start included where it was not open before;
 * then another limit, and another load, that nothing is known of.
 * @param {string} address
 * @param {boolean} warm the plan was open before, long enough for its own question to be decided
 */
async function measureSearch(address, warm) {
  const executablePath = findChromium();
  const browser = await chromium.launch(executablePath ? { executablePath } : {});
  try {
    const page = await browser.newPage({ serviceWorkers: "block" });
    await page.goto(warm ? address : "about:blank");
    if (warm) {
      await page.getByTestId("verdict").waitFor();
      await page.waitForTimeout(20_000);
      await page.evaluate(watchSearch);
      await page.locator("nav [data-view=search]").dispatchEvent("click");
    } else {
      await page.addInitScript(watchSearch);
      await page.goto(`${address}#view=search`);
    }
    await page.waitForFunction(() => /** @type {any} */ (window).searchTimes?.last > 0, null, {
      timeout: 300_000,
    });
    const { view, first, last } = await page.evaluate(() => /** @type {any} */ (window).searchTimes);
    const limit = await page.evaluate(askAnother, ANOTHER_LIMIT);
    return { view, first, last, limit, load: await page.evaluate(askAnother, ANOTHER_LOAD) };
  } finally {
    await browser.close();
  }
}

/** Scripts that index.html names, and what those import before they run, gzipped. */
function initialScript() {
  const dist = join(ROOT, "dist");
  const html = readFileSync(join(dist, "index.html"), "utf8");
  const waiting = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map(([, file]) => file ?? "");
  const seen = new Set();
  let bytes = 0;
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const code = readFileSync(join(dist, file), "utf8");
    bytes += gzipSync(code, { level: 9 }).length;
    for (const [, name] of code.matchAll(/(?:^|[;}\s])import\s*(?:[\w${},*\s]+from\s*)?"\.\/([^"]+\.js)"/g))
      waiting.push(`assets/${name}`);
  }
  return bytes;
}

/** @param {string} command @param {readonly string[]} args @param {NodeJS.ProcessEnv} env @returns {Promise<{ code: number, out: string }>} */
function run(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: CACHE,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: MOST_MS,
    });
    let out = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (out += chunk));
    child.on("close", (code) => resolve({ code: code ?? 1, out }));
    child.on("error", (error) => resolve({ code: 1, out: String(error) }));
  });
}

/** It is no dependency of this project: it is fetched into the cache folder, or skipped. @param {string} address */
async function lighthouse(address) {
  const folder = join(CACHE, "lighthouse");
  const cli = join(folder, "node_modules", "lighthouse", "cli", "index.js");
  mkdirSync(folder, { recursive: true });
  if (!existsSync(cli)) {
    const args = [
      "install",
      "--no-audit",
      "--no-fund",
      "--no-save",
      "--prefix",
      folder,
      `lighthouse@${LIGHTHOUSE}`,
    ];
    const { code } = await run("npm", args, process.env);
    if (code !== 0 || !existsSync(cli)) return say(`Lighthouse ${LIGHTHOUSE} could not be had: skipped.`);
  }
  const report = join(folder, "report.json");
  const flags = ["--quiet", "--output=json", `--output-path=${report}`, "--preset=desktop"];
  const chrome = "--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage";
  const executablePath = findChromium() ?? chromium.executablePath();
  const { code, out } = await run(process.execPath, [cli, address, ...flags, chrome], {
    ...process.env,
    CHROME_PATH: executablePath,
  });
  if (code !== 0) return say(`Lighthouse ended with ${code}: ${out.trim().split("\n").at(-1) ?? ""}`);
  const { categories, audits } = JSON.parse(readFileSync(report, "utf8"));
  say(`\nLighthouse ${LIGHTHOUSE}, desktop, bar 95`);
  for (const id of CATEGORIES) say(`${id.padEnd(40)}  ${Math.round(categories[id].score * 100)}`);
  for (const id of CATEGORIES) {
    for (const { id: audit, weight } of categories[id].auditRefs) {
      const { score, title } = audits[audit];
      if (weight > 0 && score !== null && score < 0.9) say(`  below 90: ${title} (${id})`);
    }
  }
}

/** One figure that cannot be taken costs none of the others. @param {string} name @param {() => Promise<unknown>} measure */
async function attempt(name, measure) {
  try {
    await measure();
  } catch (error) {
    process.exitCode = 1;
    say(`${name}: not taken: ${(error instanceof Error ? error.message : String(error)).split("\n")[0]}`);
  }
}

say(
  `Node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? "unknown CPU"}, load ${loadavg()[0]?.toFixed(1)}`,
);
say(`initial JavaScript, gzipped: ${(initialScript() / 1000).toFixed(1)} kB, bar 150`);
say(`\n${"built site in Chromium".padEnd(40)}  median ms   p95 ms  bar`);
await attempt("edit to repaint", async () => {
  const { loads, edits } = await measurePage(ROOT, await linkMakers());
  line(
    "first contentful paint",
    loads.map(({ paintMs }) => paintMs),
    "",
  );
  line(
    "first verdict",
    loads.map(({ verdictMs }) => verdictMs),
    "",
  );
  for (const [name, { address, typed }] of Object.entries(edits)) {
    for (const [how, times] of /** @type {const} */ ([
      ["edit", address],
      ["typed edit", typed],
    ])) {
      line(
        `${how} to repaint, ${name}`,
        times.map(({ paintedMs }) => paintedMs),
        "50 at p95",
      );
      line(
        `${how} to figures, ${name}`,
        times.map(({ figuresMs }) => figuresMs),
        "",
      );
    }
  }
});
const server = await preview({ root: ROOT, logLevel: "silent", preview: { host: "127.0.0.1", port: PORT } });
const address = server.resolvedUrls?.local[0] ?? `http://127.0.0.1:${PORT}/`;
for (const warm of [false, true]) {
  const name = warm ? "search from the plan view" : "search, page just opened";
  await attempt(name, async () => {
    const times = [];
    for (let i = 0; i < SEARCHES; i++) times.push(await measureSearch(address, warm));
    for (const [part, of, bar] of SEARCH_FIGURES) {
      line(
        `${name}: ${of}`,
        times.map((one) => one[part]),
        bar,
      );
    }
  });
}
await attempt("Lighthouse", () => lighthouse(address));
await server.close();
