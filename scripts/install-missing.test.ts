import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findChromium, findOnPath, installShellcheck } from "./install-missing.mjs";

/** Installs are tried against stand-ins on a PATH of their own: nothing of this machine is touched. */
let folder = "";
const program = (name: string, script: string) => {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fathom-install-"));
  vi.stubEnv("PATH", folder);
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe.skipIf(process.platform === "win32")("what is missing", () => {
  it("is left alone when it is there", async () => {
    program("shellcheck", "exit 0");
    program("apt-get", `echo called > ${join(folder, "log")}`);
    expect(await installShellcheck(folder)).toBe(true);
    expect(existsSync(join(folder, "log"))).toBe(false);
  });

  it("comes from Debian when root has apt-get", async () => {
    vi.spyOn(process, "getuid").mockReturnValue(0);
    program("apt-get", `echo "$@" >> ${join(folder, "log")}`);
    expect(await installShellcheck(folder)).toBe(true);
    expect(readFileSync(join(folder, "log"), "utf8")).toBe("update\ninstall -y shellcheck\n");
  });

  it("is done without where it cannot be had", async () => {
    vi.spyOn(process, "getuid").mockReturnValue(0);
    program("apt-get", "exit 100");
    expect(await installShellcheck(folder)).toBe(false);
    vi.spyOn(process, "getuid").mockReturnValue(1000);
    program("apt-get", "exit 0");
    expect(await installShellcheck(folder)).toBe(false);
  });

  it("CHROMIUM goes before all other browsers", () => {
    vi.stubEnv("CHROMIUM", "/somewhere/chromium");
    expect(findChromium()).toBe("/somewhere/chromium");
    expect(findOnPath("chromium")).toBeUndefined();
  });
});
