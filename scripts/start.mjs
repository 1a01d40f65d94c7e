// @ts-check
/** `npm start`: installs what is missing, builds, serves the built page and prints its address. */
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPackages } from "./install-missing.mjs";
import { say } from "./log.mjs";
import { runCommand } from "./run-command.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const HOST = "127.0.0.1";
const FIRST_PORT = 4173;

/** @param {number} port @returns {Promise<boolean>} */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

async function choosePort() {
  const asked = Number(process.env.PORT ?? "");
  if (Number.isInteger(asked) && asked > 0 && asked < 65536) return asked;
  for (let port = FIRST_PORT; port < FIRST_PORT + 100; port++) if (await isFree(port)) return port;
  throw new Error(`no free port from ${FIRST_PORT} on; set PORT`);
}

/** @param {string} problem @returns {never} */
function giveUp(problem) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}

const problem = await installPackages(ROOT);
if (problem) giveUp(problem);

say("Building ...");
const built = await runCommand("npm", ["run", "build", "--loglevel=error"], { cwd: ROOT, quiet: true });
if (built.code !== 0) giveUp(built.output);

const port = await choosePort();
if (!(await isFree(port))) giveUp(`port ${port} is taken; set PORT to another one`);
const vite = join(ROOT, "node_modules", "vite", "bin", "vite.js");
const preview = spawn(
  process.execPath,
  [vite, "preview", "--host", HOST, "--port", `${port}`, "--strictPort"],
  {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  },
);
preview.on("exit", (code) => process.exit(code ?? 0));
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => preview.kill(signal));
}

const address = `http://${HOST}:${port}/`;
for (let attempt = 0; attempt < 200; attempt++) {
  const answer = await fetch(address).catch(() => undefined);
  if (answer?.ok) break;
  await new Promise((resolve) => setTimeout(resolve, 50));
}
say(`Fathom is at ${address} (Ctrl+C stops it)`);
