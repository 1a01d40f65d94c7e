/**
 * The tokenizer in Chromium: speed, memory, long tasks, cancelling, and that it asks nobody else.
 *
 *     node scripts/bench-tokenizer.mjs [MEGABYTES of the long file, 300] [command line, dist/cli/fathom.js]
 *
 * Text: documentation, code and translated messages (Chinese, Japanese, Korean, Russian ...) of the
 * packages in node_modules, every text once. The long file repeats them as chat requests.
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright";
import { build, preview } from "vite";
import { findChromium } from "./install-missing.mjs";
import { say } from "./log.mjs";

const ROOT = new URL("..", import.meta.url).pathname;
const MIXED_BYTES = 8e6;

/** @param {string} folder @param {RegExp} wanted @param {number} bytes @returns {string[]} */
function textsUnder(folder, wanted, bytes) {
  const texts = [];
  const seen = new Set();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("/.")) // caches, which come and go
    .sort();
  for (const path of entries) {
    if (statSync(path).size > 400_000) continue;
    const text = readFileSync(path, "utf8");
    if (seen.has(text)) continue;
    seen.add(text);
    texts.push(text);
    bytes -= Buffer.byteLength(text);
    if (bytes < 0) break;
  }
  return texts;
}

function corpus() {
  const modules = join(ROOT, "node_modules");
  const typescript = join(modules, "typescript/lib");
  return [
    ...textsUnder(modules, /\.md$/i, MIXED_BYTES / 2),
    ...textsUnder(modules, /\.(ts|mjs|js)$/, MIXED_BYTES / 4),
    ...textsUnder(typescript, /^diagnosticMessages\.generated\.json$/, MIXED_BYTES / 4),
  ];
}

/** @param {string} path @param {string[]} texts @param {number} bytes */
function writeChats(path, texts, bytes) {
  const file = openSync(path, "w");
  let written = 0;
  for (let i = 0; written < bytes; i++) {
    const text = texts[(i * 7919) % texts.length] ?? "";
    const from = (i * 997) % Math.max(1, text.length - 4000);
    const messages = [
      { role: "system", content: "You are a careful assistant." },
      { role: "user", content: text.slice(from, from + 200 + ((i * 613) % 3800)) },
      { role: "assistant", content: text.slice(from, from + 100 + ((i * 331) % 900)) },
    ];
    written += writeSync(file, `${JSON.stringify({ timestamp: 1_700_000_000 + i / 8, messages })}\n`);
  }
  closeSync(file);
}

/** Largest resident set of the browser's renderers, MB. @param {import("playwright").CDPSession} session */
async function rendererMegabytes(session) {
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const sizes = processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0));
  return Math.max(...sizes) / 1024;
}

/** CPU seconds of all renderers so far. @param {import("playwright").CDPSession} session */
async function rendererSeconds(session) {
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  return processInfo.filter(({ type }) => type === "renderer").reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

const megabytes = Number(process.argv[2] ?? 300);
const folder = mkdtempSync(join(tmpdir(), "fathom-tokenizer-"));
const outDir = join(folder, "site");
const pageRoot = join(ROOT, "scripts/tokenizer-page");
const base = {
  configFile: join(ROOT, "vite.config.ts"),
  root: pageRoot,
  publicDir: false,
  logLevel: "error",
};
await build({ ...base, build: { outDir, emptyOutDir: true } });
const server = await preview({ ...base, build: { outDir }, preview: { host: "127.0.0.1", port: 4377 } });
const executablePath = findChromium();
const browser = await chromium.launch(executablePath ? { executablePath } : {});
try {
  const address = server.resolvedUrls?.local[0] ?? "http://127.0.0.1:4377/";
  const page = await browser.newPage();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => message.type() === "error" && say(`console: ${message.text()}`));
  await page.goto(address);
  const before = asked.length;
  const texts = corpus();
  const mixed = join(folder, "mixed.txt");
  const mixedFile = openSync(mixed, "w");
  for (const text of texts) writeSync(mixedFile, text);
  closeSync(mixedFile);
  await page.evaluate(() => window.tokenizer.encode("warm"));
  const first = await page.evaluate(() => window.tokenizer.encode("Hello, world!"));
  say(
    `ids of "Hello, world!": ${JSON.stringify(first)}; files fetched on the first count: ${asked.length - before}`,
  );

  const session = await browser.newBrowserCDPSession();
  const choose = (path) => page.locator("input").setInputFiles(path);
  const read = () => page.evaluate(() => window.tokenizer.read());
  await choose(mixed);
  const bytes = statSync(mixed).size;
  for (const name of ["every text new", "again"]) {
    const cpuBefore = await rendererSeconds(session);
    const result = await read();
    const cpu = (await rendererSeconds(session)) - cpuBefore;
    const tokens = result.summary.tokenizer.countedTokens;
    say(
      `mixed text, ${name}: ${(bytes / 1e6).toFixed(1)} MB, ${tokens} tokens, ${(bytes / 1e3 / result.ms).toFixed(2)} MB/s, ${(bytes / 1e6 / cpu).toFixed(2)} MB per CPU second, ` +
        `${Math.round(tokens / result.ms)} k tokens/s, longest task of the page ${result.longestTaskMs.toFixed(0)} ms (0: none of 50 ms)`,
    );
  }

  const long = join(folder, "long.jsonl");
  writeChats(long, texts, megabytes * 1e6);
  await choose(long);
  const sizes = [];
  const watching = setInterval(() => {
    rendererMegabytes(session)
      .then((size) => sizes.push(size))
      .catch(() => undefined);
  }, 1000);
  const result = await read();
  clearInterval(watching);
  const part = (from, to) =>
    Math.max(...sizes.slice(Math.floor(from * sizes.length), Math.ceil(to * sizes.length)));
  const { summary } = result;
  say(
    `chat requests: ${(statSync(long).size / 1e6).toFixed(0)} MB, ${summary.requests} requests, ${summary.tokenizer.countedTokens} tokens, ` +
      `${(statSync(long).size / 1e3 / result.ms).toFixed(2)} MB/s, ${result.progress} reports of progress, longest task ${result.longestTaskMs.toFixed(0)} ms`,
  );
  say(
    `resident set of the renderer, most in each third of the time: ${[0, 1, 2].map((i) => part(i / 3, (i + 1) / 3).toFixed(0)).join(", ")} MB`,
  );

  const cancelled = await page.evaluate(() => window.tokenizer.cancelAfterFirstProgress());
  say(
    `cancelled after ${cancelled.ms.toFixed(1)} ms${cancelled.answered ? ", and answered all the same" : ""}`,
  );

  const outside = asked.filter((url) => !url.startsWith(address));
  say(`requests to elsewhere: ${outside.length}${outside.length > 0 ? ` ${outside[0]}` : ""}`);

  const cli = process.argv[3] ?? join(ROOT, "dist/cli/fathom.js");
  if (existsSync(cli)) {
    const text = execFileSync(process.execPath, [cli, "tokens", long, "--json"], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    const same = JSON.stringify(JSON.parse(text)) === JSON.stringify(summary);
    say(`the command line's summary of the same file is ${same ? "equal" : "NOT EQUAL"}`);
    if (!same) process.exitCode = 1;
  }
  if (outside.length > 0 || cancelled.answered) process.exitCode = 1;
} finally {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}
