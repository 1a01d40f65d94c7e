import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../domain/plan.ts";
import { singleFile } from "../files/single-file.ts";
import { compileCase, FLAG_TABLES, kitOf } from "../fixtures/compile-case.ts";
import type { KitCase } from "../fixtures/cases.ts";
import { fixtureManifest } from "../fixtures/manifest.ts";
import { MORE_ENGINES } from "../fixtures/more-cases.ts";
import { unpackKit } from "../fixtures/unpack-kit.ts";
import { chatTemplate, modelfileValue } from "./ollama-modelfile.ts";

const caseNamed = (name: string): KitCase => MORE_ENGINES.find((c) => c.name === name) as KitCase;
const q4 = caseNamed("ollama-q4km-8xa100");
const iq2 = caseNamed("ollama-iq2m-cpu");
const textOf = (kitCase: KitCase, path: string): string =>
  kitOf(kitCase).files.find((file) => file.path === path)?.text ?? "";

describe("Modelfile", () => {
  it.each([q4, iq2])("$name uses instructions and parameters of the version's list", (kitCase) => {
    const body = textOf(kitCase, "serve/Modelfile").replace(/"""[^]*?"""/, "template");
    const lines = body.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const keys = FLAG_TABLES["ollama"]?.configKeys ?? {};
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) {
      const [instruction = "", name = ""] = line.split(" ");
      expect(keys["Modelfile"]).toContain(instruction.toLowerCase());
      if (instruction === "PARAMETER") expect(keys["PARAMETER"]).toContain(name);
    }
  });

  it("holds no text that its quotes cannot hold", () => {
    expect(modelfileValue("./a b.gguf")).toBe('"./a b.gguf"');
    for (const text of ['a"b', "a\nPARAMETER seed 1", "a\0b"])
      expect(() => modelfileValue(text)).toThrow(RangeError);
  });

  it.each([
    ["deepseek-v3-0324", "<｜Assistant｜>{{ end }}"],
    ["deepseek-r1", "<｜Assistant｜><think>\n{{ end }}"],
    ["deepseek-v3.1", "<｜Assistant｜></think>{{ end }}"],
  ])("opens an answer of %s as its chat format does", (model, opening) => {
    expect(chatTemplate(model)).toContain(`(ne .Role "assistant") }}${opening}`);
  });
});

describe("types", () => {
  it("that ollama create makes are made by it, of the 16-bit file", () => {
    const paths = kitOf(q4).files.map((file) => file.path);
    expect(paths).not.toContain("convert/quantize.sh");
    expect(textOf(q4, "serve/Modelfile")).toContain("FROM ./model-16bit.gguf");
    expect(textOf(q4, "serve/create.sh")).toContain("-q Q4_K_M  #");
  });

  it("that it cannot make are made by llama.cpp first, in one file", () => {
    const paths = kitOf(iq2).files.map((file) => file.path);
    expect(paths).toContain("convert/quantize.sh");
    expect(textOf(iq2, "serve/Modelfile")).toContain("FROM ./DeepSeek-V3-0324-IQ2_M.gguf");
    expect(textOf(iq2, "serve/create.sh")).not.toContain("-q ");
    expect(textOf(iq2, "convert/split.sh")).toContain("mv -- ");
  });

  it("with an importance matrix are made by llama.cpp: ollama create takes none", () => {
    const manifest = fixtureManifest("Q4_K_M", true);
    const plan = { ...q4.plan, options: { ...q4.plan.options, imatrix: true } };
    expect(textOf({ ...q4, plan, manifest }, "convert/quantize.sh")).toContain("--imatrix");
  });
});

describe("singleFile", () => {
  it("keeps the tensors in order and lets offsets run on, padded", () => {
    const one = singleFile(fixtureManifest("Q4_K_M", false));
    expect(one.splits).toEqual([{ file: "DeepSeek-V3-0324-Q4_K_M.gguf", tensors: 4, bytes: 7552 }]);
    expect(one.tensors.map(({ offset, split }) => [offset, split])).toEqual([
      [0, 1],
      [2176, 1],
      [3200, 1],
      [5376, 1],
    ]);
  });
});

describe("create.sh", () => {
  it("makes the model under the plan's name and checks what Ollama made", () => {
    const unpacked = unpackKit(kitOf(q4));
    try {
      const bin = join(unpacked.folder, "bin");
      const model = join(unpacked.folder, "model");
      mkdirSync(join(model, "work"), { recursive: true });
      writeFileSync(join(model, "blob"), "GGUF");
      writeFileSync(join(bin, "curl"), '#!/bin/bash\nprintf "%s " "$@" >> "$HOME/curl.log"\n', {
        mode: 0o755,
      });
      const ollama = `#!/bin/bash\nif [ "$1" = show ]; then printf '# made\\nFROM ${model}/blob\\n'; else printf '%s\\0' "$OLLAMA_HOST" "$@" > "$HOME/create.log"; fi\n`;
      writeFileSync(join(bin, "ollama"), ollama, { mode: 0o755 });
      const { status, argvs, output } = unpacked.run("serve/create.sh");
      expect(output).toMatch(/^loaded after \d+ s\n$/);
      expect(status).toBe(0);
      const words = readFileSync(join(unpacked.folder, "create.log"), "utf8").split("\0").slice(0, -1);
      expect(words).toEqual([
        "127.0.0.1:11434",
        "create",
        "deepseek-v3-0324",
        "-f",
        join(model, "work/Modelfile"),
        "-q",
        "Q4_K_M",
      ]);
      expect(argvs[0]?.[1]).toMatch(/convert\/verify\.py$/);
      expect(readFileSync(join(model, "DeepSeek-V3-0324-Q4_K_M.gguf"), "utf8")).toBe("GGUF");
      expect(readFileSync(join(unpacked.folder, "curl.log"), "utf8")).toContain(
        '{"model":"deepseek-v3-0324","keep_alive":-1} http://127.0.0.1:11434/api/generate',
      );
    } finally {
      unpacked.remove();
    }
  });

  it("starts the server with the address that clients use", () => {
    const done = spawnSync(
      "bash",
      [
        "-c",
        `${textOf(q4, "serve/serve.sh")
          .replace(/^(exec|ulimit).*$/gm, "")
          .replace(/^\. .*$/m, "HOST=::1; PORT=1")}\nprintenv OLLAMA_HOST`,
      ],
      { encoding: "utf8" },
    );
    expect(done.stdout).toBe("::1:1\n");
  });
});

describe("Ollama refuses", () => {
  it.each<[string, Partial<Plan>, string, RegExp]>([
    [
      "experts on the host beside accelerators",
      { layout: { ...q4.plan.layout, experts: "cpu" } },
      "layout.experts",
      /never experts alone/,
    ],
    ["a cache type of llama.cpp's own", { kvCache: "q5_1" }, "kvCache", /f16, q8_0 and q4_0/],
    ["tensor parallelism", { layout: { ...q4.plan.layout, tp: 8, pp: 1 } }, "layout", /by layers only/],
    ["MTP", { speculative: "mtp1" }, "speculative", /drops this family's MTP layer/],
    ["safetensors", { weights: "fp8" }, "weights", /reads GGUF files/],
  ])("%s", (_, change, path, problem) => {
    const result = compileCase({ ...q4, plan: { ...q4.plan, ...change } });
    expect(result).toMatchObject({ ok: false, error: { path } });
    if (!result.ok) expect(result.error.problem).toMatch(problem);
  });
});
