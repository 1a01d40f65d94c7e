// @ts-check
/** What a fresh machine lacks, and where it comes from. Plain Node: runs before anything is installed. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { say } from "./log.mjs";
import { runCommand } from "./run-command.mjs";

const SYSTEM_CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** npm writes this file last, so its age is the age of a finished install. @param {string} root */
function packagesAreFresh(root) {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  return statSync(installed).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs;
}

/**
 * Packages as the lock names them.
 *
 * @param {string} root
 * @returns {Promise<string | undefined>} what went wrong
 */
export async function installPackages(root) {
  if (packagesAreFresh(root)) return undefined;
  say("Installing packages (npm ci) ...");
  const { code } = await runCommand("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
  });
  return code === 0 ? undefined : `npm ci failed with exit code ${code}`;
}

/** @param {string} name */
export function findOnPath(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return undefined;
}

const isRoot = () => process.getuid?.() === 0;

/** @param {string} root @param {string} name */
async function installDebianPackage(root, name) {
  if (!isRoot() || findOnPath("apt-get") === undefined) return false;
  say(`Installing ${name} (apt-get) ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { cwd: root, env, quiet: true };
  await runCommand("apt-get", ["update"], options);
  const { code, output } = await runCommand("apt-get", ["install", "-y", name], options);
  if (code !== 0) say(output.split("\n").slice(-6).join("\n"));
  return code === 0;
}

/** The Chromium to test with: CHROMIUM, the system's. @returns {string | undefined} */
export function findChromium() {
  const asked = process.env.CHROMIUM;
  if (asked) return asked;
  return SYSTEM_CHROMIUM.find((file) => existsSync(file)) ?? findOnPath("chromium");
}

/**
 * The browser that the end-to-end tests drive; the empty string stands for Playwright's own.
 *
 * @param {string} root
 * @returns {Promise<{ path: string } | { problem: string }>}
 */
export async function installBrowser(root) {
  const found = findChromium();
  if (found !== undefined) return { path: found };
  if (await installDebianPackage(root, "chromium")) return { path: findChromium() ?? "" };
  const bundled = await bundledBrowser(root);
  if (bundled) return { path: "" };
  say("Installing Playwright's Chromium ...");
  const { code } = await runCommand("npx", ["playwright", "install", "chromium"], { cwd: root });
  if (code === 0) return { path: "" };
  return { problem: "no browser: set CHROMIUM to a Chromium's path, or install one" };
}

/** @param {string} root */
async function bundledBrowser(root) {
  try {
    const { chromium } = await import(createRequire(join(root, "package.json")).resolve("playwright"));
    return existsSync(chromium.executablePath());
  } catch {
    return false;
  }
}

/**
 * shellcheck judges the kits' scripts. Where it cannot be had, those tests skip and say so.
 *
 * @param {string} root
 */
export async function installShellcheck(root) {
  if (findOnPath("shellcheck") !== undefined) return true;
  const done = await installDebianPackage(root, "shellcheck");
  if (!done) say("shellcheck cannot be had here: the tests that need it are skipped.");
  return done;
}
