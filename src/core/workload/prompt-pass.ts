/** The prompts, or parts of them, that one pass works on. */
import type { Rank } from "./rank.ts";
import type { Request } from "./requests.ts";
import { emptyPromptLoad, type PromptLoad } from "./step-clock.ts";

export interface PromptPart {
  readonly rank: Rank;
  readonly request: Request;
  readonly tokens: number;
}

export class PromptPass {
  readonly parts: PromptPart[] = [];
  readonly load: PromptLoad = emptyPromptLoad();

  /** What fits in a rank's token budget: prompts begun before, then those that `admit` gives. */
  take(rank: Rank, budget: number, admit: () => Request | null): void {
    const before = this.parts.length;
    let left = budget;
    for (const request of rank.prefilling) {
      if (left <= 0) break;
      left -= this.takePart(rank, request, left);
    }
    while (left > 0) {
      const request = admit();
      if (request === null) break;
      left -= this.takePart(rank, request, left);
    }
    const { load } = this;
    load.largestTokens = Math.max(load.largestTokens, budget - left);
    load.largestRequests = Math.max(load.largestRequests, this.parts.length - before);
  }

  private takePart(rank: Rank, request: Request, most: number): number {
    const before = request.cached + request.computed;
    const tokens = Math.min(most, request.prompt - before);
    this.parts.push({ rank, request, tokens });
    const { load } = this;
    load.requests++;
    load.tokens += tokens;
    load.squares += tokens * tokens;
    load.cachedProducts += tokens * before;
    return tokens;
  }
}
