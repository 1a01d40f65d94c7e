import { planToLink } from "../../core/link/plan-link.ts";
import { onlyOne, readArguments } from "../arguments.ts";
import { BadInput, badInput } from "../bad-input.ts";
import { EXIT, printJson, type Io } from "../io.ts";
import { parseLink, readPlan } from "../read-plan.ts";

export async function linkCommand(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, { base: { type: "string" } });
  const plan = await readPlan(onlyOne(positionals, "PLAN"), io);
  await io.out(`${values.base === undefined ? "" : `${checkBase(values.base)}#`}${planToLink(plan)}\n`);
  return EXIT.done;
}

function checkBase(base: string): string {
  if (!URL.canParse(base))
    throw badInput("--base", `expected an address, got ${JSON.stringify(base.slice(0, 80))}`);
  return base.replace(/#.*$/s, "");
}

export async function openCommand(args: readonly string[], io: Io): Promise<number> {
  const { positionals } = readArguments(args, { json: { type: "boolean" } });
  const link = onlyOne(positionals, "LINK");
  const plan = parseLink(link === "-" ? (await io.stdin()).trim() : link);
  if (!plan.ok) throw new BadInput(plan.error);
  await io.out(printJson(plan.value));
  return EXIT.done;
}
