/** What operators of a step move and multiply, whatever the engine. */
import type { OperatorId } from "../../domain/step.ts";
import type { RooflinePlace } from "../../domain/roofline.ts";

/** One operator over the layers of a step, on one rank. */
export interface OperatorWork {
  readonly id: OperatorId;
  readonly place: RooflinePlace;
  readonly bytes: number;
  readonly flop: number;
  /** FLOP per ms that its mix of precisions could reach. */
  readonly peakFlopPerMs: number;
}

export interface WorkOf {
  decode(batch: number, contextTokens: number): readonly OperatorWork[];
  prefill(requests: number, newTokens: number, cachedTokens: number): readonly OperatorWork[];
}
