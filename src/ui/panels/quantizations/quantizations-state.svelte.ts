import type { EvidenceClient } from "../../../bridge/evidence-client.ts";
import type { Plan } from "../../../core/domain/plan.ts";
import type { PublishedQuality } from "../../../core/domain/published.ts";
import type { TensorMix, WeightsAnswer } from "../../../../workers/api.ts";
import type { WeightRow } from "./weight-rows.ts";

/** What the worker says of every format on the plan's cluster. Old answers stay until new ones come. */
export class QuantizationsState {
  readonly #client: EvidenceClient;
  answers = $state.raw<ReadonlyMap<string, WeightsAnswer>>(new Map());
  quality = $state.raw<PublishedQuality | null>(null);
  mix = $state.raw<TensorMix | null>(null);
  pending = $state(false);
  problem = $state<string | null>(null);

  constructor(client: EvidenceClient) {
    this.#client = client;
  }

  async loadQuality(): Promise<void> {
    const quality = await this.#client.quality();
    if (quality.ok) this.quality = quality.value;
    else this.problem = `Published quality could not be read: ${quality.error.message}.`;
  }

  async compare(rows: readonly WeightRow[]): Promise<void> {
    this.pending = true;
    const answer = await this.#client.compareWeights(rows.map(({ plan }) => plan));
    if (answer === undefined) return;
    this.pending = false;
    if (!answer.ok) {
      this.problem = `The formats could not be compared: ${answer.error.message}.`;
      return;
    }
    const answers = new Map<string, WeightsAnswer>();
    for (const [i, { id }] of rows.entries()) {
      const of = answer.value[i];
      if (of) answers.set(id, of);
    }
    this.answers = answers;
    this.problem = null;
  }

  async findMix(plan: Plan): Promise<void> {
    const answer = await this.#client.mix(plan);
    if (answer?.ok) this.mix = answer.value;
  }
}
