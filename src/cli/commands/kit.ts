import { createHash } from "node:crypto";
import type { Kit } from "../../core/domain/kit.ts";
import { compileKit } from "../../core/kit/compile-kit.ts";
import { manifestOfPlan } from "../../core/kit/plan-manifest.ts";
import { zipKit } from "../../core/kit/zip-kit.ts";
import { planToLink } from "../../core/link/plan-link.ts";
import { formatCount } from "../../core/units/format.ts";
import { catalog, loadEngineFlags } from "../../planner-data.ts";
import { onlyOne, readArguments } from "../arguments.ts";
import { BadInput, badInput } from "../bad-input.ts";
import { evaluatePlan, reasonsOf } from "../evaluate-plan.ts";
import { EXIT, plainText, type Io } from "../io.ts";
import { readPlan } from "../read-plan.ts";
import { refuseFolder, writeFile, writeFolder } from "../write-kit.ts";

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
  const estimate = await evaluatePlan(plan);
  if (!estimate.fits) {
    for (const reason of reasonsOf(estimate)) io.err(plainText(reason));
    return EXIT.infeasible;
  }
  const flags = await loadEngineFlags(plan.engine);
  if (flags === null) throw badInput("engine", `no kit for ${plan.engine} yet`);
  const model = catalog.models.get(plan.model);
  const manifest = model && manifestOfPlan(plan, model);
  const kit = compileKit({
    plan,
    estimate,
    catalog,
    flags,
    link: planToLink(plan),
    ...(manifest ? { manifest } : {}),
  });
  if (!kit.ok) throw new BadInput(kit.error);
  if (out !== undefined) {
    await writeFolder(out, kit.value.files);
    await io.out(describe(kit.value, out));
  } else if (zip !== undefined) {
    const bytes = zipKit(kit.value);
    await writeFile(zip, bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    await io.out(`${describe(kit.value, zip)}sha256 ${sha256}\n`);
  }
  return EXIT.done;
}

function describe(kit: Kit, where: string): string {
  const cannot = kit.unsupported.map(({ path, reason }) => `  ${path}: ${reason}\n`);
  const list = cannot.length > 0 ? `What it cannot express:\n${cannot.join("")}` : "";
  return plainText(`${kit.name}: ${formatCount(kit.files.length)} files in ${where}\n${list}`);
}
