/** Kits, for whichever thread they are asked on. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { kitOfPlan, type KitFacts } from "../src/core/delivery/kit-of-plan.ts";
import { fail, ok } from "../src/core/domain/result.ts";
import { zipKit } from "../src/core/kit/zip-kit.ts";
import { catalog, loadEngineFlags, loadOpTables, loadStudents } from "../src/planner-data.ts";
import type { KitApi } from "./api.ts";

const FACTS: KitFacts = { catalog, opTables: loadOpTables, flags: loadEngineFlags, students: loadStudents };

export const kitCompiler: KitApi = {
  async compile(plan) {
    const answer = await kitOfPlan(plan, FACTS);
    if (!answer.ok) return answer;
    if (!answer.value.fits) {
      const reasons = answer.value.infeasible.map(({ message }) => message);
      return fail({ path: "", problem: reasons.length === 0 ? "the plan does not fit" : reasons.join(" ") });
    }
    const { kit, promised } = answer.value;
    const zip = zipKit(kit);
    return ok({ kit, zip, sha256: bytesToHex(sha256(zip)), promised });
  },
};
