import type { EvidenceClient } from "../../../bridge/evidence-client.ts";
import type { ClaimAnswer } from "../../../core/evidence/claim-answer.ts";
import type { Evidence } from "../../../../workers/api.ts";
import { evidencePoints, type EvidencePoint } from "./select-evidence.ts";

/** What the evidence worker answers. Nothing of it depends on the plan: it is asked once. */
export class EvidenceState {
  evidence = $state.raw<Evidence | null>(null);
  points = $state.raw<readonly EvidencePoint[]>([]);
  claims = $state.raw<readonly ClaimAnswer[] | null>(null);
  problem = $state<string | null>(null);

  async load(client: EvidenceClient): Promise<void> {
    const [evidence, claims] = await Promise.all([client.evidence(), client.claims()]);
    if (evidence.ok) {
      this.points = evidencePoints(evidence.value);
      this.evidence = evidence.value;
    } else this.problem = `The records could not be validated: ${evidence.error.message}.`;
    if (claims.ok) this.claims = claims.value;
    else this.problem = `The claims could not be recomputed: ${claims.error.message}.`;
  }
}
