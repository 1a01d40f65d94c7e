import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { strFromU8, unzipSync } from "fflate";
import type { Estimate } from "../core/domain/estimate.ts";
import { EXAMPLE_PLAN } from "../core/domain/parse-plan.ts";
import type { GgufManifest } from "../core/domain/tensor.ts";
import { planToLink } from "../core/link/plan-link.ts";
import { run } from "./run.ts";

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: readonly string[];
}

async function fathom(args: readonly string[], stdin = ""): Promise<Answer> {
  let out = "";
  const err: string[] = [];
  const code = await run(args, {
    stdin: () => Promise.resolve(stdin),
    stdinLines: async function* () {
      for (const line of stdin.split("\n")) yield await Promise.resolve(line);
    },
    out: (text) => {
      out += text;
      return Promise.resolve();
    },
    err: (line) => err.push(line),
  });
  return { code, out, err };
}

const LINK = planToLink(EXAMPLE_PLAN);
const TOO_BIG = {
  ...EXAMPLE_PLAN,
  weights: "gguf:Q4_K_M",
  engine: "llama.cpp",
  cluster: { accelerator: "h100-sxm", acceleratorsPerNode: 4, nodes: 1 },
  layout: { tp: 1, pp: 4 },
};
let folder = "";
const file = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fathom-cli-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("evaluate", () => {
  it("gives the same estimate for a file, stdin, a link and an address", async () => {
    const path = file("plan.json", EXAMPLE_PLAN);
    const fromFile = await fathom(["evaluate", path, "--json"]);
    expect(fromFile).toMatchObject({ code: 0, err: [] });
    const estimate = JSON.parse(fromFile.out) as Estimate;
    expect(estimate.fits).toBe(true);
    expect(estimate.performance?.tpotMs.value).toBeGreaterThan(estimate.performance?.tpotMs.low ?? Infinity);
    expect(estimate.cost?.usdPerHour).toBeGreaterThan(0);
    for (const [argument, stdin] of [
      ["-", JSON.stringify(EXAMPLE_PLAN)],
      ["-", `  ${LINK}\n`],
      [LINK, ""],
      [`#${LINK}`, ""],
      [`https://fathom.example/app/?x=1#${LINK}`, ""],
      [`https://fathom.example/#${LINK}&view=kit`, ""],
    ] as const) {
      expect((await fathom(["evaluate", argument, "--json"], stdin)).out).toBe(fromFile.out);
    }
  });

  it("gives a list for several plans", async () => {
    const { out, code } = await fathom(["evaluate", LINK, LINK, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toHaveLength(2);
  });

  it("says a plan in plain aligned text", async () => {
    const { out } = await fathom(["evaluate", LINK]);
    expect(out).toContain("Serve DeepSeek-V3-0324");
    expect(out).toMatch(/^time to first token +[\d,.]+ m?s +/m);
    expect(out).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it("ends with 3 and the reason when a plan does not fit, and still prints the estimate", async () => {
    const { code, out, err } = await fathom(["evaluate", file("big.json", TOO_BIG), "--json"]);
    expect(code).toBe(3);
    const estimate = JSON.parse(out) as Estimate;
    expect(estimate.fits).toBe(false);
    expect(err).toHaveLength(estimate.infeasible.length);
    expect(err[0]).toContain(estimate.infeasible[0]?.kind);
  });

  it("names the file when one of several is wrong, and prints no estimate", async () => {
    const path = file("wrong.json", { ...EXAMPLE_PLAN, layout: { tp: -1 } });
    const { code, out, err } = await fathom(["evaluate", LINK, path, "--json"]);
    expect({ code, out, err }).toEqual({
      code: 2,
      out: "",
      err: [`${path.slice(0, 80)}: layout.tp: must be at least 1, got -1`],
    });
  });
});

describe("evaluate --jsonl", () => {
  it("answers each line in its place, bad ones too", async () => {
    const lines = [JSON.stringify(EXAMPLE_PLAN), "{", LINK, '{"version":2}', JSON.stringify(TOO_BIG)];
    const { code, out, err } = await fathom(["evaluate", "--jsonl"], `${lines.join("\n")}\n`);
    const answers = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(answers).toHaveLength(5);
    expect(answers[1]).toHaveProperty("error.path", "plan");
    expect(answers[3]).toHaveProperty("error.path", "version");
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[4]).toHaveProperty("fits", false);
    expect(code).toBe(2);
    expect(err).toEqual(["plans: 2 of 5 lines hold no plan"]);
  });

  it("reads files, and does not mind plans that do not fit", async () => {
    const path = file("plans.jsonl", `${JSON.stringify(TOO_BIG)}\n\n${LINK}\n`);
    const { code, out } = await fathom(["evaluate", path, "--jsonl"]);
    expect(code).toBe(0);
    expect(out.trimEnd().split("\n")).toHaveLength(2);
  });
});

describe("bad input is one line and exit 2", () => {
  const cases: readonly (readonly [string, readonly string[], string, RegExp])[] = [
    ["no command", [], "", /^command: /],
    ["an unknown command", ["evalute"], "", /^command: unknown "evalute"; did you mean evaluate\?$/],
    ["an unknown option", ["evaluate", "--jsn", "x"], "", /^arguments: Unknown option '--jsn'/],
    ["no plan", ["evaluate"], "", /^PLAN: required/],
    ["a file that is not there", ["evaluate", "nowhere\n.json"], "", /^nowhere \.json: no such file$/],
    ["a folder", ["evaluate", "."], "", /^\.: is a folder/],
    ["no JSON", ["evaluate", "-"], "{nope", /^stdin: not JSON/],
    ["nothing at all", ["evaluate", "-"], "", /^stdin: empty$/],
    [
      "an unknown id",
      ["evaluate", "-"],
      JSON.stringify({ ...EXAMPLE_PLAN, engine: "sglan" }),
      /^engine: unknown id "sglan"; did you mean "sglang"\?$/,
    ],
    [
      "a plan of the future",
      ["evaluate", "-"],
      JSON.stringify({ version: 9 }),
      /^version: this plan is of version 9/,
    ],
    ["a truncated link", ["evaluate", LINK.slice(0, -2)], "", /^link: is incomplete/],
    ["a link of the future", ["open", "7.AAAA"], "", /^link: is of version 7/],
    ["an address without a plan", ["open", "https://fathom.example/"], "", /^link: carries no plan/],
    ["what is no link", ["open", "hello"], "", /^link: is no Fathom link/],
    ["a query that is no file", ["search", "cheapest"], "", /^cheapest: no such file$/],
    ["a query without a model", ["search", "-"], '{"version":1}', /^model: required, and missing$/],
    [
      "an unknown type",
      ["manifest", "--weights", "gguf:Q4_K_X"],
      "",
      /^--weights: unknown type "gguf:Q4_K_X"; did you mean "gguf:Q4_K_[MS]"\?$/,
    ],
    ["weights that are no GGUF", ["manifest", "--weights", "fp8"], "", /^--weights: unknown type/],
    ["one's own file", ["manifest", "--weights", "gguf:custom"], "", /^--weights: unknown type/],
    [
      "an unknown model",
      ["manifest", "--weights", "gguf:Q8_0", "--model", "deepseek-r2"],
      "",
      /^--model: unknown id "deepseek-r2"/,
    ],
    ["nowhere to put a kit", ["kit", LINK], "", /^arguments: give either --out DIR or --zip FILE$/],
    ["records that are none", ["validate", "-"], '{"id":1}\n', /^line 1: /],
  ];

  it.each(cases)("%s", async (_name, args, stdin, expected) => {
    const { code, out, err } = await fathom(args, stdin);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(expected);
    expect(err[0]).not.toContain("\n");
  });
});

describe("link and open", () => {
  it("are each other's inverse", async () => {
    const link = await fathom(
      ["link", "-", "--base", "https://fathom.example/app/#old"],
      JSON.stringify(EXAMPLE_PLAN),
    );
    expect(link.out).toBe(`https://fathom.example/app/#${LINK}\n`);
    const opened = await fathom(["open", link.out.trim()]);
    expect(JSON.parse(opened.out)).toEqual(EXAMPLE_PLAN);
  });
});

describe("manifest", () => {
  it("lists every tensor of the file", async () => {
    const { out, code } = await fathom(["manifest", "--weights", "gguf:Q4_K_M", "--json"]);
    const manifest = JSON.parse(out) as GgufManifest;
    expect(code).toBe(0);
    expect(manifest.tensors).toHaveLength(1086);
    expect(manifest.tensors.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(manifest.tensorBytes);
    expect((await fathom(["manifest", "--weights", "gguf:Q4_K_M"])).out).toContain("1,086");
  });
});

describe("kit", () => {
  it("writes the same bytes to a folder and to an archive, twice", async () => {
    const out = join(folder, "kit");
    expect(await fathom(["kit", LINK, "--out", out])).toMatchObject({ code: 0, err: [] });
    const zips = [];
    for (const name of ["a.zip", "b.zip"]) {
      expect((await fathom(["kit", LINK, "--zip", join(folder, name)])).code).toBe(0);
      zips.push(readFileSync(join(folder, name)));
    }
    expect(zips[0]?.equals(zips[1] ?? Buffer.alloc(0))).toBe(true);
    const entries = Object.entries(unzipSync(zips[0] ?? new Uint8Array()));
    expect(entries.length).toBeGreaterThan(5);
    for (const [path, bytes] of entries) {
      const inFolder = join(out, path.slice(path.indexOf("/") + 1));
      expect(readFileSync(inFolder, "utf8")).toBe(strFromU8(bytes));
      expect((statSync(inFolder).mode & 0o100) !== 0).toBe(strFromU8(bytes).startsWith("#!"));
    }
  });

  it("leaves what is there alone unless forced, and then what it does not write", async () => {
    const out = join(folder, "mine");
    mkdirSync(out);
    writeFileSync(join(out, "weights.gguf"), "precious");
    const refused = await fathom(["kit", LINK, "--out", out]);
    expect(refused.code).toBe(2);
    expect(refused.err[0]).toMatch(/^--out: .* is not empty/);
    expect(readdirSync(out)).toEqual(["weights.gguf"]);
    expect((await fathom(["kit", LINK, "--out", out, "--force"])).code).toBe(0);
    expect(readFileSync(join(out, "weights.gguf"), "utf8")).toBe("precious");
    expect(existsSync(join(out, "kit.json"))).toBe(true);
  });

  it("leaves nothing behind for a plan that has no kit", async () => {
    const before = readdirSync(folder).length;
    const plan = {
      ...TOO_BIG,
      weights: "gguf:custom",
      options: { weightsBytes: 1e11 },
    };
    const noKit = await fathom(["kit", "-", "--out", join(folder, "none")], JSON.stringify(plan));
    expect(noKit.code).toBe(2);
    expect(noKit.err[0]).toMatch(/^weights: a file of one's own/);
    const tooBig = await fathom(["kit", "-", "--zip", join(folder, "none.zip")], JSON.stringify(TOO_BIG));
    expect(tooBig.code).toBe(3);
    expect(readdirSync(folder)).toHaveLength(before);
  });

  it("says where it cannot write", async () => {
    const taken = file("taken", "a file");
    const { code, err } = await fathom(["kit", LINK, "--out", taken]);
    expect({ code, err }).toEqual({ code: 2, err: [`--out: ${taken} is a file`] });
  });
});

describe("validate", () => {
  it("puts predictions beside what was measured", async () => {
    const record = {
      id: "one",
      class: "serving",
      quality: "A",
      date: "2026-01-01",
      source: "a test",
      engineVersion: "",
      plan: EXAMPLE_PLAN,
      runtime: {},
      measured: { tpotMs: { mean: 30 } },
      phase: "closed-loop",
      missing: [],
      notes: "",
    };
    const { code, out } = await fathom(["validate", "-", "--json"], `${JSON.stringify(record)}\n`);
    expect(code).toBe(0);
    const report = JSON.parse(out) as { rows: { id: string; measured: number; predicted: number }[] };
    expect(report.rows).toHaveLength(1);
    expect(report.rows[0]).toMatchObject({ id: "one", metric: "tpotMs", measured: 30 });
    expect(report.rows[0]?.predicted).toBeGreaterThan(0);
    const table = await fathom(["validate", "-"], `${JSON.stringify(record)}\n`);
    expect(table.out).toContain("1 records: 1 figures predicted");
  });
});

describe("help", () => {
  it("is on stdout and names every command", async () => {
    for (const args of [["help"], ["--help"], ["evaluate", "--help"]]) {
      const { code, out } = await fathom(args);
      expect(code).toBe(0);
      for (const command of ["evaluate", "kit", "manifest", "validate", "link", "open"])
        expect(out).toContain(`fathom ${command}`);
    }
    expect((await fathom(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
