import { version } from "../../package.json" with { type: "json" };
import { nearestId } from "../core/domain/plan-vocabulary.ts";
import { BadInput, badInput } from "./bad-input.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { kitCommand } from "./commands/kit.ts";
import { linkCommand, openCommand } from "./commands/link.ts";
import { manifestCommand } from "./commands/manifest.ts";
import { searchCommand } from "./commands/search.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { tokensCommand } from "./commands/tokens.ts";
import { validateCommand } from "./commands/validate.ts";
import { verifyCommand } from "./commands/verify.ts";
import { HELP } from "./help.ts";
import { EXIT, oneLine, type Io } from "./io.ts";

type Command = (args: readonly string[], io: Io) => Promise<number>;

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["evaluate", evaluateCommand],
  ["kit", kitCommand],
  ["manifest", manifestCommand],
  ["validate", validateCommand],
  ["verify", verifyCommand],
  ["link", linkCommand],
  ["open", openCommand],
  ["search", searchCommand],
  ["tokens", tokensCommand],
  ["simulate", simulateCommand],
]);

/** Runs one command line and returns its exit code; only bugs are thrown. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    io.err(oneLine(error.message));
    return EXIT.badInput;
  }
}

async function dispatch([name, ...args]: readonly string[], io: Io): Promise<number> {
  if (name === undefined) throw badInput("command", "required, and missing; fathom help lists them");
  const asksForHelp =
    ["help", "--help", "-h"].includes(name) || args.some((arg) => arg === "--help" || arg === "-h");
  if (asksForHelp || name === "--version" || name === "-v") {
    await io.out(asksForHelp ? HELP : `${version}\n`);
    return EXIT.done;
  }
  const command = COMMANDS.get(name);
  if (command) return command(args, io);
  const near = nearestId(name, COMMANDS.keys());
  const hint = near === undefined ? "; fathom help lists them" : `; did you mean ${near}?`;
  throw badInput("command", `unknown ${JSON.stringify(name.slice(0, 80))}${hint}`);
}
