// @ts-check
/**
 * `npm test`: installs what is missing, runs every stage even after a failure, and closes with
 * `N passed, N failed` alone on a line: stages without counts of their own count as one each.
 * With CI set, kits run as well (`npm run test:kits`): that takes a compiler and some minutes more.
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { installBrowser, installPackages, installShellcheck } from "./install-missing.mjs";
import { say } from "./log.mjs";
import { runCommand } from "./run-command.mjs";

/** @typedef {{ passed: number, failed: number, skipped: number, failures?: string[] }} Counts */
/**
 * `beside`: runs next to the stages that follow, since it takes as long as they do and one core.
 * `alone`: waits for those that run beside: tests that drive a browser want the machine for themselves.
 * @typedef {{ name: string, args: string[], env?: Record<string, string>, command?: string, count?: (output: string) => Counts, beside?: boolean, alone?: boolean }} Stage
 */

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const REPORTS = join(ROOT, ".cache", "reports");
const UNIT_REPORT = join(REPORTS, "unit.json");
const E2E_REPORT = join(REPORTS, "e2e.json");

/** @param {string} file */
const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

/** The name of a failed test and the first line of why, for the end of the output. @param {string[]} names @param {string | undefined} message */
const failure = (names, message = "") => {
  const [first = ""] = stripVTControlCharacters(message).trim().split("\n");
  return `${names.filter((name) => name !== "").join(" > ")}${first === "" ? "" : `: ${first.slice(0, 300)}`}`;
};

/** @returns {Counts} */
function countUnit() {
  const report = readJson(UNIT_REPORT);
  const brokenFiles = report.testResults.filter(
    /** @param {any} file */ (file) => file.status === "failed" && file.assertionResults.length === 0,
  );
  /** @type {string[]} */
  const failures = report.testResults.flatMap((/** @type {any} */ file) => {
    const name = relative(ROOT, file.name);
    const failed = file.assertionResults.filter((/** @type {any} */ test) => test.status === "failed");
    if (file.status === "failed" && failed.length === 0) return [failure([name], file.message)];
    return failed.map((/** @type {any} */ test) => failure([name, test.fullName], test.failureMessages[0]));
  });
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
}

/** @returns {Counts} */
function countE2e() {
  const { stats, errors, suites } = readJson(E2E_REPORT);
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
    failures: [
      ...suites.flatMap(e2eFailures),
      ...errors.map((/** @type {any} */ error) => failure(["outside of a test"], error.message)),
    ],
  };
}

/** @param {any} suite @returns {string[]} */
function e2eFailures(suite) {
  const failed = suite.specs.filter((/** @type {any} */ spec) => !spec.ok);
  return [
    ...failed.map((/** @type {any} */ spec) => {
      const results = spec.tests.flatMap((/** @type {any} */ test) => test.results);
      const broken = results.find((/** @type {any} */ result) => result.error);
      return failure([`${spec.file}:${spec.line}`, spec.title], broken?.error.message);
    }),
    ...(suite.suites ?? []).flatMap(e2eFailures),
  ];
}

/** What a script that counts for itself prints last. @param {string} output @returns {Counts} */
function countLastLine(output) {
  const found = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  if (!found) throw new Error("no counts");
  const skipped = output.startsWith("skipped:") ? 1 : 0;
  return { passed: Number(found[1]), failed: Number(found[2]), skipped };
}

/** @type {Stage} */
const KITS = {
  name: "kits that run",
  command: "node",
  args: ["scripts/test-kits.mjs"],
  alone: true,
  count: countLastLine,
};

/** @param {string} project @returns {Stage} */
const types = (project) => ({ name: `types: ${project}`, args: ["tsc", "-p", `tsconfig.${project}.json`] });

/** @type {Stage[]} */
const STAGES = [
  { name: "lint", args: ["eslint", "."], beside: true },
  types("core"),
  types("workers"),
  types("node"),
  types("test"),
  {
    name: "types: page (svelte-check)",
    args: ["svelte-check", "--tsconfig", "./tsconfig.app.json", "--fail-on-warnings"],
  },
  { name: "format", args: ["prettier", "--check", "--log-level", "warn", "."] },
  {
    name: "import walls",
    args: ["depcruise", "--config", "dependency-cruiser.config.mjs", "src", "workers"],
  },
  {
    name: "build: page",
    args: ["vite", "build"],
  },
  {
    name: "build: command line",
    args: ["vite", "build", "--config", "vite.cli.config.ts"],
  },
  {
    name: "unit tests",
    args: ["vitest", "run", "--reporter=dot", "--reporter=json", `--outputFile.json=${UNIT_REPORT}`],
    count: countUnit,
  },
  {
    name: "end-to-end tests",
    args: ["playwright", "test", "--reporter=list,json"],
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: E2E_REPORT },
    alone: true,
    count: countE2e,
  },
  ...(process.env.CI ? [KITS] : []),
];

/** @param {Stage} stage @param {number} code @param {string} output @returns {Counts} */
function judge(stage, code, output) {
  /** @type {Counts} */
  let counts = { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  if (stage.count) {
    try {
      counts = stage.count(output);
    } catch {
      counts = { passed: 0, failed: 1, skipped: 0 };
    }
  }
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** @param {Stage} stage @param {NodeJS.ProcessEnv} env */
async function runStage(stage, env) {
  const quiet = stage.beside === true;
  if (!quiet) say(`\n── ${stage.name}`);
  const started = performance.now();
  const [command, args] = stage.command
    ? [stage.command, stage.args]
    : ["npx", ["--no-install", ...stage.args]];
  const { code, output } = await runCommand(command, args, {
    cwd: ROOT,
    env: { ...env, ...stage.env },
    quiet,
  });
  if (quiet) say(`\n── ${stage.name}\n${output}`);
  const counts = judge(stage, code, output);
  return { name: stage.name, ...counts, seconds: (performance.now() - started) / 1000 };
}

async function main() {
  const results = [];
  const problem = await installPackages(ROOT);
  if (problem) {
    say(problem);
    say("0 passed, 1 failed");
    return 1;
  }
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
  await installShellcheck(ROOT);
  const browser = await installBrowser(ROOT);
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, NPM_CONFIG_LOGLEVEL: "error" };
  if ("path" in browser && browser.path !== "") env.CHROMIUM = browser.path;
  if ("problem" in browser) say(browser.problem);
  const beside = STAGES.filter((stage) => stage.beside).map((stage) => runStage(stage, env));
  for (const stage of STAGES) {
    if (stage.beside) continue;
    if (stage.alone) await Promise.all(beside);
    results.push(await runStage(stage, env));
  }
  results.push(...(await Promise.all(beside)));

  say("\nSummary");
  for (const { name, passed, failed, skipped, seconds, failures } of results) {
    const counts = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
    say(`  ${failed > 0 ? "FAILED" : "ok    "}  ${name.padEnd(28)} ${counts} (${seconds.toFixed(1)} s)`);
    for (const line of failures ?? []) say(`            ${line}`);
  }
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  say(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
