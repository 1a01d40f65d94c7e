// @ts-check
import { spawn } from "node:child_process";

/** Windows finds npm and npx only through a shell. */
const SHELL = process.platform === "win32";

/**
 * Runs a command in the repository's root and shows its output as it comes.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} options
 * @returns {Promise<{ code: number, output: string }>} code 127 when the command cannot be started
 */
export function runCommand(command, args, { cwd, env = process.env, quiet = false }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, shell: SHELL, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    /** @param {Buffer} chunk */
    const take = (chunk) => {
      output += chunk.toString();
      if (!quiet) process.stdout.write(chunk);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", (error) => resolve({ code: 127, output: `${output}${error.message}\n` }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
