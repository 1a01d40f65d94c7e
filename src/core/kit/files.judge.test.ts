/** Judges: real bash, shellcheck, the compose schema, two YAML readers, systemd, over every golden case. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { KIT_CASES } from "./fixtures/cases.ts";
import { kitOf } from "./fixtures/compile-case.ts";

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const hasShellcheck = has("shellcheck");
const hasAnalyze = has("systemd-analyze");
if (!hasShellcheck) console.warn("SKIPPED: shellcheck is not installed; scripts are checked by bash -n only");
if (!hasAnalyze)
  console.warn("SKIPPED: systemd-analyze is not installed; units are checked by their keys only");

const schema = JSON.parse(
  readFileSync(new URL("./fixtures/compose-spec.schema.json", import.meta.url), "utf8"),
) as object;
const isCompose = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);

const folder = mkdtempSync(join(tmpdir(), "fathom-judge-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes text where a judge can read it. */
function put(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

const UNIT_KEYS = new Set(
  (
    "Description Wants After Type ExecStart EnvironmentFile DynamicUser CacheDirectory Environment LimitNOFILE " +
    "LimitMEMLOCK Restart RestartSec KillSignal TimeoutStopSec WantedBy"
  ).split(" "),
);

describe.each(KIT_CASES)("$name", (kitCase) => {
  const kit = kitOf(kitCase);
  const scripts = kit.files.filter((file) => file.path.endsWith(".sh"));
  const text = (path: string): string => kit.files.find((file) => file.path === path)?.text ?? "";

  it.each(scripts)("$path passes bash -n", ({ path, text: script }) => {
    const done = spawnSync("bash", ["-n", put(path.replaceAll("/", "_"), script)], { encoding: "utf8" });
    expect(done.stderr).toBe("");
    expect(done.status).toBe(0);
  });

  it.skipIf(!hasShellcheck)("scripts pass shellcheck at every level", () => {
    const paths = scripts.map(({ path, text: script }) => put(path.replaceAll("/", "_"), script));
    const done = spawnSync("shellcheck", ["--severity=style", ...paths], { encoding: "utf8" });
    expect(done.stdout).toBe("");
    expect(done.status).toBe(0);
  });

  const composed = kit.files.some(({ path }) => path === "serve/compose.yaml");

  it("is composed unless the kit says why not", () => {
    const why = kit.unsupported.some(({ reason }) =>
      /containers on macOS|compose knows one machine/.test(reason),
    );
    expect(composed).toBe(!why);
  });

  it.runIf(composed)("compose.yaml is what the compose schema describes", () => {
    expect(isCompose(parse(text("serve/compose.yaml"))), JSON.stringify(isCompose.errors)).toBe(true);
  });

  it.runIf(composed)("compose.yaml reads alike under YAML 1.1 and 1.2", () => {
    const yaml = text("serve/compose.yaml");
    expect(parse(yaml, { version: "1.1" })).toEqual(parse(yaml, { version: "1.2" }));
  });

  it("units use known keys, and start what is in the kit", () => {
    const units = kit.files.filter((file) => file.path.endsWith(".service"));
    // A Mac has no systemd.
    expect(units.length > 0).toBe(kitCase.plan.engine !== "mlx");
    for (const unit of units) {
      const lines = unit.text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      for (const line of lines) {
        if (/^\[(Unit|Service|Install)\]$/.test(line)) continue;
        expect(UNIT_KEYS).toContain(line.split("=")[0]);
      }
      const start = /^ExecStart=\/opt\/fathom\/[^/]+\/(\S+)/m.exec(unit.text)?.[1] ?? "";
      expect(kit.files.find((file) => file.path === start)?.executable).toBe(true);
    }
  });

  it.skipIf(!hasAnalyze)("units pass systemd-analyze verify", () => {
    for (const unit of kit.files.filter((file) => file.path.endsWith(".service"))) {
      // The started script is not installed on this machine: any program that is stands in for it.
      const local = unit.text
        .replace(/^ExecStart=\S+(.*)$/m, "ExecStart=/bin/true$1")
        .replace(/^EnvironmentFile=.*$/m, "");
      const name = unit.path.replace("serve/", "").replace("@.", "@1.");
      const done = spawnSync("systemd-analyze", ["verify", put(name, local)], { encoding: "utf8" });
      const own = done.stderr
        .split("\n")
        .filter((line) => line.includes("fathom-") && !/Failed to create|executable/.test(line));
      expect(own).toEqual([]);
    }
  });

  it("kit.json lists every other file with its hash, and what cannot be expressed", () => {
    const json = JSON.parse(text("kit.json")) as {
      files: Record<string, { sha256: string }>;
      plan: unknown;
      unsupported: unknown;
    };
    const others = kit.files.filter((file) => file.path !== "kit.json");
    expect(Object.keys(json.files)).toEqual(others.map((file) => file.path));
    for (const file of others) {
      expect(json.files[file.path]?.sha256).toBe(bytesToHex(sha256(utf8ToBytes(file.text))));
    }
    expect(json.plan).toEqual(kitCase.plan);
    expect(json.unsupported).toEqual(kit.unsupported);
  });

  it("holds no secret and no path of anybody's home", () => {
    for (const file of kit.files)
      expect(file.text).not.toMatch(/\/home\/|\/root\/|\/Users\/|hf_[A-Za-z0-9]{20}/);
  });
});

describe("the judges themselves", () => {
  it("a compose file with a misspelt key is refused", () => {
    const yaml =
      kitOf(KIT_CASES[0] as (typeof KIT_CASES)[0]).files.find((f) => f.path === "serve/compose.yaml")?.text ??
      "";
    const broken = parse(yaml) as { services: { server: Record<string, unknown> } };
    broken.services.server["imagee"] = "x";
    expect(isCompose(broken)).toBe(false);
  });
});
