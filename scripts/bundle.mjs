/** TypeScript of this project as one module that Node runs as it ships. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "vite";

/**
 * Bundles `scripts/<entry>` into `folder`; returns the module's path.
 *
 * @param {string} root of the project
 * @param {string} entry a file in scripts
 * @param {string} folder emptied first
 */
export async function bundleForNode(root, entry, folder) {
  const name = "bundle.mjs";
  await build({
    root,
    configFile: false,
    logLevel: "error",
    publicDir: false,
    ssr: { noExternal: true, target: "node" },
    build: {
      ssr: join(root, "scripts", entry),
      outDir: folder,
      emptyOutDir: true,
      rolldownOptions: { output: { entryFileNames: name } },
    },
  });
  return join(folder, name);
}

/** The same, loaded. @param {Parameters<typeof bundleForNode>} place @returns {Promise<any>} */
export const importBundled = async (...place) => import(pathToFileURL(await bundleForNode(...place)).href);
