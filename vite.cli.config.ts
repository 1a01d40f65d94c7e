import { chmodSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** `dist/cli/fathom.js` runs as it lies: `./fathom.js`, or through npm's link in `node_modules/.bin`. */
function executable(): Plugin {
  return {
    name: "executable",
    writeBundle: (options) => {
      chmodSync(`${options.dir ?? "dist/cli"}/fathom.js`, 0o755);
    },
  };
}

/** Everything is bundled: the command line needs Node and its own folder, nothing else. Big tables are chunks that load on demand. */
export default defineConfig({
  plugins: [executable()],
  publicDir: false,
  ssr: { noExternal: true, target: "node" },
  build: {
    ssr: "src/cli/fathom.ts",
    outDir: "dist/cli",
    target: "node20",
    minify: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      output: {
        entryFileNames: "fathom.js",
        chunkFileNames: "chunks/[name]-[hash].js",
      },
    },
  },
});
