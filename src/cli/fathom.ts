#!/usr/bin/env node
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { Io } from "./io.ts";
import { run } from "./run.ts";

/** A reader that stops early (`| head`) is no error. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const io: Io = {
  stdin: () => text(process.stdin),
  stdinLines: () => createInterface({ input: process.stdin, crlfDelay: Infinity }),
  out: (chunk) =>
    new Promise((resolve) => {
      if (process.stdout.write(chunk)) resolve();
      else process.stdout.once("drain", resolve);
    }),
  err: (line) => {
    process.stderr.write(`${line}\n`);
  },
};

process.exitCode = await run(process.argv.slice(2), io);
