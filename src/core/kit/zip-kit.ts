/** The kit as one archive, the same bytes in the page, in Node, in every time zone. */
import { strToU8, zipSync, type Zippable } from "fflate";
import type { Kit } from "../domain/kit.ts";

/** Unix, so that `attrs` carry permissions. */
const UNIX = 3;

/**
 * A deterministic zip: files in the kit's order under its name, scripts executable.
 *
 * The date is the format's first day in local time: fflate writes local fields, and `Date.UTC` would
 * differ by time zone.
 */
export function zipKit(kit: Kit): Uint8Array {
  const mtime = new Date(1980, 0, 1);
  const entries: Zippable = {};
  for (const file of kit.files) {
    const mode = file.executable ? 0o100755 : 0o100644;
    entries[`${kit.name}/${file.path}`] = [
      strToU8(file.text),
      { os: UNIX, attrs: mode << 16, mtime, level: 6 },
    ];
  }
  return zipSync(entries);
}
