/** The service worker of the built page: its list of files and its version follow from the build. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const TEMPLATE = new URL("./offline/service-worker.js", import.meta.url);
/** Eight megabytes that only who drops a log needs: kept once they were asked for. */
const ON_DEMAND = /tokenizer/i;
const NEVER = /\.map$|^sw\.js$|^robots\.txt$/;

/** @param {string} folder @param {string} [under] @returns {string[]} */
function listFiles(folder, under = "") {
  return readdirSync(join(folder, under), { withFileTypes: true }).flatMap((entry) => {
    const path = under === "" ? entry.name : `${under}/${entry.name}`;
    return entry.isDirectory() ? listFiles(folder, path) : [path];
  });
}

/** @returns {import("vite").Plugin} */
export function offline() {
  return {
    name: "offline",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const built = Object.keys(bundle).filter((name) => !NEVER.test(name) && name !== "index.html");
      const files = [...built, ...listFiles("public").filter((name) => !NEVER.test(name))]
        .filter((name) => !ON_DEMAND.test(name))
        .sort();
      const template = readFileSync(TEMPLATE, "utf8");
      const hash = createHash("sha256").update(template);
      for (const [name, part] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1))) {
        hash.update(name).update("code" in part ? part.code : part.source);
      }
      for (const name of listFiles("public").sort())
        hash.update(name).update(readFileSync(join("public", name)));
      const source = template
        .replace("__VERSION__", hash.digest("hex").slice(0, 16))
        .replace("__FILES__", () => JSON.stringify(["./", ...files.map((name) => `./${name}`)]));
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}
