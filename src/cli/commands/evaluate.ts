import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { AnyPlan } from "../../core/domain/any-plan.ts";
import { answerPlan, reasonsOf, type Answer } from "../answer-plan.ts";
import { readArguments } from "../arguments.ts";
import { BadInput, badInput } from "../bad-input.ts";
import { EXIT, oneLine, plainText, printJson, type Io } from "../io.ts";
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
  const plans: AnyPlan[] = [];
  for (const name of names)
    plans.push(await readPlan(name, io).catch((error: unknown) => renamed(error, name, several)));
  const answers: Answer[] = [];
  for (const plan of plans) answers.push(await answerPlan(plan));
  const values = answers.map((answer) => answer.json);
  if (json) await io.out(printJson(several ? values : values[0]));
  else await io.out(answers.map((answer) => answer.print()).join("\n\n"));
  let code: number = EXIT.done;
  answers.forEach((answer, i) => {
    if (answer.fits) return;
    code = EXIT.infeasible;
    for (const reason of reasonsOf(answer, several ? names[i] : undefined)) io.err(plainText(reason));
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
      const answer = await answerLine(line);
      if ("error" in answer) bad += 1;
      await io.out(`${JSON.stringify(answer)}\n`);
    }
  }
  if (bad === 0) return EXIT.done;
  io.err(oneLine(`plans: ${bad} of ${lines} lines hold no plan`));
  return EXIT.badInput;
}

async function answerLine(line: string): Promise<object> {
  const parsed = parseWritten(line);
  if (!parsed.ok) return { error: { ...parsed.error, path: parsed.error.path || "plan" } };
  try {
    return (await answerPlan(parsed.value)).json as object;
  } catch (error) {
    if (error instanceof BadInput) return { error: error.problem };
    throw error;
  }
}

async function openLines(name: string, io: Io): Promise<AsyncIterable<string>> {
  if (name === "-") return io.stdinLines();
  await checkFile(name);
  return createInterface({ input: createReadStream(name, "utf8"), crlfDelay: Infinity });
}
