import type { PartHue } from "../../core/domain/step.ts";

/** The part under the pointer: the same one stands out in every figure. */
export class Highlight {
  hue = $state<PartHue | null>(null);

  over = (hue: PartHue | null) => () => (this.hue = hue);
  dims = (hue: string): boolean => this.hue !== null && this.hue !== hue;
}
