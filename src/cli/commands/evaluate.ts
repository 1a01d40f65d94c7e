import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Plan } from "../../core/domain/plan.ts";
import { readArguments } from "../arguments.ts";
import { BadInput, badInput } from "../bad-input.ts";
import { evaluatePlan, reasonsOf } from "../evaluate-plan.ts";
import { EXIT, oneLine, plainText, printJson, type Io } from "../io.ts";
import { printEstimate } from "../print-estimate.ts";
import { checkFile, parseWritten, readPlan } from "../read-plan.ts";

export async function evaluateCommand(args: readonly string[], io: Io): Promise<number> {
  const options = { json: { type: "boolean" }, jsonl: { type: "boolean" } } as const;
  const { values, positionals } = readArguments(args, options);
  if (values.json && values.jsonl) throw badInput("arguments", "give either --json or --jsonl");
  if (values.jsonl) return evaluateLines(positionals.length > 0 ? positionals : ["-"], io);
  if (positionals.length === 0) throw badInput("PLAN", "required, and missing");
  return evaluatePlans(positionals, values.json === true, io);
}

async function evaluatePlans(names: readonly string[], json: boolean, io: Io): Promise<number> {
  const several = names.length > 1;
  if (names.filter((name) => name === "-").length > 1) throw badInput("PLAN", "stdin can be read once");
  const plans: Plan[] = [];
  for (const name of names)
    plans.push(await readPlan(name, io).catch((error: unknown) => renamed(error, name, several)));
  const estimates = [];
  for (const plan of plans) estimates.push(await evaluatePlan(plan));
  if (json) await io.out(printJson(several ? estimates : estimates[0]));
  else await io.out(estimates.map((estimate, i) => printEstimate(plans[i] as Plan, estimate)).join("\n\n"));
  let code: number = EXIT.done;
  estimates.forEach((estimate, i) => {
    if (estimate.fits) return;
    code = EXIT.infeasible;
    for (const reason of reasonsOf(estimate, several ? names[i] : undefined)) io.err(plainText(reason));
  });
  return code;
}

/** With several plans the line says whose field it is. */
function renamed(error: unknown, name: string, several: boolean): never {
  if (!several || !(error instanceof BadInput) || error.problem.path === name) throw error;
  throw badInput(`${name.slice(0, 80)}: ${error.problem.path}`, error.problem.problem);
}

/** One estimate a line for one plan a line; a bad line says so in its place. */
async function evaluateLines(names: readonly string[], io: Io): Promise<number> {
  let bad = 0;
  let lines = 0;
  for (const name of names) {
    for await (const line of await openLines(name, io)) {
      if (line.trim() === "") continue;
      lines += 1;
      const parsed = parseWritten(line);
      if (parsed.ok) {
        await io.out(`${JSON.stringify(await evaluatePlan(parsed.value))}\n`);
      } else {
        bad += 1;
        const error = { ...parsed.error, path: parsed.error.path || "plan" };
        await io.out(`${JSON.stringify({ error })}\n`);
      }
    }
  }
  if (bad === 0) return EXIT.done;
  io.err(oneLine(`plans: ${bad} of ${lines} lines hold no plan`));
  return EXIT.badInput;
}

async function openLines(name: string, io: Io): Promise<AsyncIterable<string>> {
  if (name === "-") return io.stdinLines();
  await checkFile(name);
  return createInterface({ input: createReadStream(name, "utf8"), crlfDelay: Infinity });
}
