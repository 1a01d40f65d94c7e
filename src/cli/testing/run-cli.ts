/** A command line as tests run it: what it prints, and how it ends. */
import { run } from "../run.ts";

export interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: readonly string[];
}

export async function runCli(args: readonly string[], stdin = ""): Promise<Answer> {
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
