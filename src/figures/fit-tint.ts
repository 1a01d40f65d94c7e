/** Tint of a fit-map cell, percent of the hue: 9 to 52, so that ink text keeps its contrast on every cell. */
export function fitTint(spareBytes: number, largestSpareBytes: number): number {
  if (largestSpareBytes <= 0) return 9;
  return Math.round(9 + 43 * Math.min(1, Math.max(0, spareBytes / largestSpareBytes)));
}
