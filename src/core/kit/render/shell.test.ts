import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { array, block, comment, join, printScript, printWords, product, quote, variable } from "./shell.ts";

/** The positional parameters that real bash is left with. */
function readByBash(text: string): string[] {
  const output = execFileSync("bash", ["--norc", "-c", `${text}\nprintf '%s\\0' "$@"`], {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return output === "" ? [] : output.split("\0").slice(0, -1);
}

const HOSTILE = [
  "$(touch /tmp/pwned)",
  "`id`",
  "a'b",
  `a"b`,
  "a\nb",
  "--flag=x; rm -rf /",
  "${HOME}",
  "~root",
  "*",
  "{a,b}",
  "\\",
  "#x",
  "!x",
  "",
  " ",
  "\t",
  "PATH=/x",
  "\u202egnp.exe",
  "é中😀",
  "-n",
  "a\rb",
  "[0]=x",
  "\u001b[31m",
];

const speakable = fc
  .string({ unit: "grapheme", maxLength: 40 })
  .filter((text) => !/\0|\p{Surrogate}/u.test(text));

describe("quote", () => {
  it("keeps plain words bare", () => {
    expect(printWords(["--tp-size", "8", "a/b.gguf"])).toBe("--tp-size 8 a/b.gguf");
  });

  it("gives bash exactly the words that went in: hostile ones", () => {
    expect(readByBash(`set -- ${printWords(HOSTILE)}`)).toEqual(HOSTILE);
  });

  it("gives bash exactly the words that went in: any", () => {
    const words = fc.array(fc.oneof(speakable, fc.constantFrom(...HOSTILE)), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(words, (list) => {
        expect(readByBash(`set -- ${printWords(list)}`)).toEqual(list);
      }),
      { numRuns: 60 },
    );
  });

  it("refuses NUL, which no argument holds", () => {
    expect(() => quote("a\0b")).toThrow(RangeError);
  });
});

describe("array", () => {
  it("keeps words apart from comments, whatever both hold", () => {
    const item = fc.record({
      word: fc.oneof(speakable, fc.constantFrom(...HOSTILE)),
      because: fc.oneof(speakable, fc.constantFrom(...HOSTILE)),
    });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 50 }), (items) => {
        const lines = array(
          "args",
          items.map(({ word, because }) => ({ words: [word], because })),
        );
        const { text } = printScript([
          ...lines,
          comment(items[0]?.because ?? ""),
          ...block('set -- "${args[@]}"'),
        ]);
        expect(readByBash(text)).toEqual(items.map(({ word }) => word));
      }),
      { numRuns: 60 },
    );
  });
});

describe("expansions", () => {
  it("stay one word", () => {
    const text = `A='x y'\nN=3\nset -- ${printWords([variable("A"), join(variable("A"), "/$z"), product("N", 8)])}`;
    expect(readByBash(text)).toEqual(["x y", "x y/$z", "24"]);
  });

  it("take names only", () => {
    expect(() => variable("A}; rm")).toThrow(RangeError);
    expect(() => product("N", 1.5)).toThrow(RangeError);
  });
});
