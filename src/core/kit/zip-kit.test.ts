import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { KIT_CASES } from "./fixtures/cases.ts";
import { kitOf } from "./fixtures/compile-case.ts";
import { zipKit } from "./zip-kit.ts";

const kit = kitOf(KIT_CASES[0] as (typeof KIT_CASES)[0]);

describe("zipKit", () => {
  it("gives the same bytes every time, in every time zone", () => {
    const hash = () => bytesToHex(sha256(zipKit(kitOf(KIT_CASES[0] as (typeof KIT_CASES)[0]))));
    const zone = process.env["TZ"];
    const hashes = ["UTC", "Asia/Kolkata", "America/New_York"].map((name) => {
      process.env["TZ"] = name;
      return hash();
    });
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
    expect(new Set(hashes).size).toBe(1);
  });

  it("holds every file under the kit's name", () => {
    const entries = unzipSync(zipKit(kit));
    expect(Object.keys(entries)).toEqual(kit.files.map((file) => `${kit.name}/${file.path}`));
    for (const file of kit.files) {
      expect(strFromU8(entries[`${kit.name}/${file.path}`] ?? new Uint8Array())).toBe(file.text);
    }
  });

  it("unpacks with scripts executable", () => {
    const folder = mkdtempSync(join(tmpdir(), "fathom-zip-"));
    try {
      writeFileSync(join(folder, "kit.zip"), zipKit(kit));
      // Python's zipfile reads the attributes; its extractall ignores them, so they are asked for.
      const program =
        "import sys,zipfile,os\nz=zipfile.ZipFile(sys.argv[1])\nfor i in z.infolist():\n p=z.extract(i,sys.argv[2]); os.chmod(p,i.external_attr>>16)";
      execFileSync("python3", ["-c", program, join(folder, "kit.zip"), folder]);
      const mode = (path: string) => statSync(join(folder, kit.name, path)).mode & 0o777;
      expect(mode("serve/serve.sh")).toBe(0o755);
      expect(mode("README.md")).toBe(0o644);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
