import { parseArgs, type ParseArgsConfig } from "node:util";
import { badInput } from "./bad-input.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

interface Parsed<O extends Options> {
  readonly values: ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>["values"];
  readonly positionals: readonly string[];
}

/** Throws BadInput for options that a command does not know. */
export function readArguments<const O extends Options>(args: readonly string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw badInput("arguments", message.split(". ")[0] ?? message);
  }
}

/** Throws BadInput unless there is exactly one. */
export function onlyOne(positionals: readonly string[], name: string): string {
  const [first, second] = positionals;
  if (first === undefined) throw badInput(name, "required, and missing");
  if (second !== undefined) throw badInput("arguments", `expected one ${name}, got ${positionals.length}`);
  return first;
}
