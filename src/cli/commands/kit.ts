import { createHash } from "node:crypto";
import { kitOfPlan } from "../../core/delivery/kit-of-plan.ts";
import type { Kit } from "../../core/domain/kit.ts";
import { zipKit } from "../../core/kit/zip-kit.ts";
import { formatCount } from "../../core/units/format.ts";
import { catalog, loadEngineFlags } from "../../planner-data.ts";
import { reasonsOf } from "../answer-plan.ts";
import { onlyOne, readArguments } from "../arguments.ts";
import { BadInput, badInput } from "../bad-input.ts";
import { studentFacts } from "../distill-answer.ts";
import { opTablesOf } from "../evaluate-plan.ts";
import { EXIT, plainText, type Io } from "../io.ts";
import { readPlan } from "../read-plan.ts";
import { refuseFolder, writeFile, writeFolder } from "../write-kit.ts";

/** What kits are made of besides the plan. */
const FACTS = { catalog, opTables: opTablesOf, flags: loadEngineFlags, students: studentFacts };

export async function kitCommand(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, {
    out: { type: "string" },
    zip: { type: "string" },
    force: { type: "boolean", default: false },
  });
  const { out, zip, force } = values;
  const name = onlyOne(positionals, "PLAN");
  if ((out === undefined) === (zip === undefined))
    throw badInput("arguments", "give either --out DIR or --zip FILE");
  const plan = await readPlan(name, io);
  if (out !== undefined) await refuseFolder(out, force);
  const answer = await kitOfPlan(plan, FACTS);
  if (!answer.ok) throw new BadInput(answer.error);
  const compiled = answer.value;
  if (!compiled.fits) {
    for (const reason of reasonsOf(compiled)) io.err(plainText(reason));
    return EXIT.infeasible;
  }
  const { kit } = compiled;
  if (out !== undefined) {
    await writeFolder(out, kit.files);
    await io.out(describe(kit, out));
  } else if (zip !== undefined) {
    const bytes = zipKit(kit);
    await writeFile(zip, bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    await io.out(`${describe(kit, zip)}sha256 ${sha256}\n`);
  }
  return EXIT.done;
}

function describe(kit: Kit, where: string): string {
  const cannot = kit.unsupported.map(({ path, reason }) => `  ${path}: ${reason}\n`);
  const list = cannot.length > 0 ? `What it cannot express:\n${cannot.join("")}` : "";
  return plainText(`${kit.name}: ${formatCount(kit.files.length)} files in ${where}\n${list}`);
}
