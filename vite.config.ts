import { createHash } from "node:crypto";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { offline } from "./scripts/offline.mjs";
import { searchAnswers } from "./scripts/search-answers.mjs";

/**
 * The built page may load nothing that does not come with it. Attributes `style="…"` are what Svelte's
 * templates place by `innerHTML`; scripts written into index.html are allowed by their hash alone.
 */
function contentSecurityPolicy(): Plugin {
  return {
    name: "content-security-policy",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html) {
        const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)];
        const hashes = inline.map(
          ([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`,
        );
        const policy = [
          "default-src 'self'",
          ["script-src 'self'", ...hashes].join(" "),
          "style-src 'self'",
          "style-src-attr 'unsafe-inline'",
          "img-src 'self' data:",
          "object-src 'none'",
          "base-uri 'none'",
          "form-action 'none'",
        ].join("; ");
        const attrs = { "http-equiv": "Content-Security-Policy", content: policy };
        return { html, tags: [{ tag: "meta", attrs, injectTo: "head-prepend" }] };
      },
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [svelte(), searchAnswers(), contentSecurityPolicy(), offline()],
  worker: { format: "es", plugins: () => [searchAnswers()] },
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
  test: {
    include: ["{src,workers,scripts}/**/*.test.ts"],
    environment: "node",
    // the default leaves a core idle, which is half of a machine with two
    maxWorkers: "100%",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // on a busy machine a second passes without one turn of a test's process
    expect: { poll: { timeout: 30_000 } },
  },
});
