/** The search's answers for the example's load: worked out by the build from the code that it builds. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { bundleForNode } from "./bundle.mjs";

const ID = "virtual:search-answers";
const RESOLVED = `\0${ID}`;
const FOLDER = join(".cache", "search-answers");

/** @type {Promise<string> | undefined} */
let made;

/** Path of the file below the root, made anew where the code or the data that it follows from changed. @param {string} root */
async function make(root) {
  const code = join(root, FOLDER, "code");
  const bundle = await bundleForNode(root, "answers-entry.ts", code);
  const hash = createHash("sha256");
  for (const name of readdirSync(code, { recursive: true, encoding: "utf8" }).sort()) {
    if (/\.(mjs|js)$/.test(name)) hash.update(name).update(readFileSync(join(code, name)));
  }
  const name = `answers-${hash.digest("hex").slice(0, 16)}.bin`;
  const file = join(root, FOLDER, name);
  if (!existsSync(file)) {
    for (const old of readdirSync(join(root, FOLDER))) {
      if (old.endsWith(".bin")) rmSync(join(root, FOLDER, old));
    }
    const { exampleAnswers } = await import(pathToFileURL(bundle).href);
    mkdirSync(join(root, FOLDER), { recursive: true });
    writeFileSync(file, gzipSync(await exampleAnswers(), { level: 9 }));
  }
  return `/${FOLDER}/${name}`;
}

/**
 * Resolves `virtual:search-answers` to the file's address; to null where nothing is built.
 *
 * @returns {import("vite").Plugin}
 */
export function searchAnswers() {
  let root = process.cwd();
  let building = false;
  return {
    name: "search-answers",
    configResolved(config) {
      root = config.root;
      building = config.command === "build";
    },
    resolveId: (id) => (id === ID ? RESOLVED : undefined),
    async load(id) {
      if (id !== RESOLVED) return undefined;
      if (!building) return "export default null;";
      made ??= make(root);
      return `export { default } from ${JSON.stringify(`${await made}?url`)};`;
    },
  };
}
