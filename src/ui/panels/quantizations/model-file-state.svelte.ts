import type { GgufClient } from "../../../bridge/gguf-client.ts";
import type { Plan } from "../../../core/domain/plan.ts";
import { formatProblem } from "../../../core/domain/problem.ts";
import type { ModelFileAnswer } from "../../../../workers/api.ts";

/** Files that were dropped, and what they say beside the plan. They are kept, so that another plan can be compared. */
export class ModelFileState {
  readonly #client: GgufClient;
  files = $state.raw<readonly File[]>([]);
  answer = $state.raw<ModelFileAnswer | null>(null);
  /** One line; the answer before it is gone. */
  problem = $state<string | null>(null);
  pending = $state(false);

  constructor(client: GgufClient) {
    this.#client = client;
  }

  take(files: readonly File[]): void {
    this.files = files;
    this.answer = null;
    this.problem = null;
  }

  forget(): void {
    this.#client.abort();
    this.take([]);
    this.pending = false;
  }

  async compare(plan: Plan): Promise<void> {
    const { files } = this;
    if (files.length === 0) return;
    this.pending = true;
    const read = await this.#client.read(files, plan);
    if (read === undefined || this.files !== files) return;
    this.pending = false;
    if (read.ok && read.value.ok) {
      this.answer = read.value.value;
      this.problem = null;
      return;
    }
    this.answer = null;
    this.problem = read.ok
      ? read.value.ok
        ? null
        : formatProblem(read.value.error, files[0]?.name)
      : `The file could not be read: ${read.error.message}.`;
  }
}
