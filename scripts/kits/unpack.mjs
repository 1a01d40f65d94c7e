// @ts-check
/** A kit on disk, and the Python that its scripts find. */
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** @param {{ files: readonly { path: string, text: string, executable: boolean }[] }} kit @param {string} prefix */
export function unpackKit(kit, prefix) {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  for (const file of kit.files) {
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.text);
    chmodSync(path, file.executable ? 0o755 : 0o644);
  }
  return folder;
}

/**
 * `python3` in this folder is the one that FATHOM_CONVERTER names. A link would lose a virtual environment: Python
 * looks for its own beside the name it is called by.
 *
 * @param {string} folder
 */
export function linkConverter(folder) {
  mkdirSync(folder);
  writeFileSync(join(folder, "python3"), `#!/bin/sh\nexec "$FATHOM_CONVERTER" "$@"\n`);
  chmodSync(join(folder, "python3"), 0o755);
}
