import { describe, expect, it } from "vitest";
import type { KitFile } from "../../core/domain/kit.ts";
import { tokenizeLine } from "./code-tokens.ts";
import { fileTree, firstFile } from "./file-tree.ts";

const fileOf = (path: string): KitFile => ({ path, text: "", executable: false, sha256: "", reasons: [] });

describe("tokenizeLine", () => {
  const kinds = (line: string, path = "serve/serve.sh") =>
    tokenizeLine(line, path).map(({ kind, text }) => [kind, text]);

  it("tells flags and values from the rest and loses nothing", () => {
    expect(kinds('  --model-path "${MODEL_DIR}" \\')).toEqual([
      ["plain", "  "],
      ["flag", "--model-path"],
      ["plain", " "],
      ["value", '"${MODEL_DIR}"'],
      ["plain", " \\"],
    ]);
    for (const line of [
      "a --x=1 -y z --flag",
      "exec python3 -m sglang.launch_server",
      "--trust-remote-code \\",
      "",
    ]) {
      expect(
        tokenizeLine(line, "x.sh")
          .map(({ text }) => text)
          .join(""),
      ).toBe(line);
    }
  });

  it("does not take the next flag for a value", () => {
    expect(kinds("--metrics --port 80").map(([kind]) => kind)).toEqual([
      "flag",
      "plain",
      "flag",
      "plain",
      "value",
    ]);
  });

  it("greys comments of scripts, and leaves JSON and Markdown alone", () => {
    expect(kinds("# starts it")).toEqual([["comment", "# starts it"]]);
    expect(kinds("# Runbook --x", "README.md")).toEqual([["plain", "# Runbook --x"]]);
  });
});

describe("file tree", () => {
  const files = ["README.md", "bench.sh", "serve/env", "serve/serve.sh"].map(fileOf);

  it("has README first, then folders with their files", () => {
    expect(fileTree(files).map((row) => row.name)).toEqual([
      "README.md",
      "bench.sh",
      "serve/",
      "env",
      "serve.sh",
    ]);
  });

  it("opens with how the engine is started", () => {
    expect(firstFile(files)?.path).toBe("serve/serve.sh");
    expect(firstFile(files.slice(0, 2))?.path).toBe("README.md");
    expect(firstFile([])).toBeUndefined();
  });
});
