import type { Roof, RooflineOperator, RooflineStep } from "../../core/domain/roofline.ts";
import { formatNumber, formatShare } from "../../core/units/format.ts";
import { distanceOf, intensityOf } from "../roofline-plot.ts";
import { times } from "./words.ts";

/** What the roofline shows of one step, in one sentence with numbers. */
export function rooflineFinding(step: RooflineStep, roofs: readonly Roof[]): string {
  const top = [...step.operators].sort((a, b) => b.ms - a.ms)[0];
  const roof = roofs.find(({ place }) => place === top?.place);
  if (top === undefined || roof === undefined) return "What this step's operators move is unknown.";
  const what = step.kind === "decode" ? "A decode step" : "Prefill";
  const under = share(step, (operator) => intensityOf(operator) < ridgeOf(operator, roofs));
  const bound =
    under >= 0.5
      ? `spends ${formatShare(under)} of its time left of the ridge, where bandwidth is the limit`
      : `spends ${formatShare(1 - under)} of its time right of the ridge or outside the roof`;
  const where = `${formatNumber(intensityOf(top), 2)} FLOP a byte, ${times(distanceOf(top))} its limit`;
  return `${what} ${bound}; ${lower(top.name)} run at ${where}.`;
}

/** Where the operator's own mix of precisions turns from bandwidth to compute, FLOP a byte. */
function ridgeOf({ place, peakFlopPerMs }: RooflineOperator, roofs: readonly Roof[]): number {
  const roof = roofs.find((candidate) => candidate.place === place);
  return roof === undefined ? Infinity : peakFlopPerMs / roof.bytesPerMs;
}

function share(step: RooflineStep, holds: (operator: RooflineOperator) => boolean): number {
  const ms = step.operators.filter(holds).reduce((sum, operator) => sum + operator.ms, 0);
  return ms / step.totalMs;
}

/** "MLA projections" and "LM head" keep their capitals. */
const lower = (name: string): string =>
  /^[A-Z][a-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name;
