// @ts-check
/** Puts `fathom` among the checkout's own commands, so that `npx fathom` finds it and asks no registry. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const bin = join(dirname(dirname(fileURLToPath(import.meta.url))), "node_modules", ".bin");
mkdirSync(bin, { recursive: true });
if (process.platform === "win32") {
  writeFileSync(join(bin, "fathom.cmd"), '@node "%~dp0\\..\\..\\dist\\cli\\fathom.js" %*\r\n');
} else {
  rmSync(join(bin, "fathom"), { force: true });
  symlinkSync(join("..", "..", "dist", "cli", "fathom.js"), join(bin, "fathom"));
}
